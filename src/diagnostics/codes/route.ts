import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** Codes of choosing agents, and of what holds their calls back. */
export const routeCodes: { readonly [code: string]: CatalogueEntry } = {
  "agent/breaker-open": error(
    "The agent was not called, because calls to its API kept failing.",
    "wait, see `aiworkflow agent info NAME`, and `aiworkflow agent reset NAME` once the API is back",
  ),
  "agent/unhealthy": error(
    "The agent was not called, because its API could not be reached a moment ago.",
    "see whether the API is up; another agent takes over where the step names one",
  ),
  "route/rejected": error(
    "No agent may take the step.",
    "see `aiworkflow route explain FILE`; allow more with `max-usd`, `max-latency` or `among`, or wait with `if-none: queue`",
  ),
};
