import { capabilitiesOf, type CapabilityFact } from "../../plan/capabilities.ts";
import { readAgentState } from "../agent-state.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { findAgent } from "../find-agent.ts";
import { openProjectLedger } from "../open-project-ledger.ts";
import { renderTable } from "../table.ts";

/** `agent info NAME`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const { spec, project } = findAgent(name);
  const capabilities = capabilitiesOf({ name, kind: spec.kind }, project.capabilities);
  const ledger = await openProjectLedger(project);
  try {
    const state = readAgentState(ledger, name, spec);
    out.data({ name, ...spec, capabilities, state });
    const settings = { ...spec.profile, ...spec.rate, ...spec.circuitBreaker };
    const now = [
      `Breaker ${state.breaker.replace("_", " ")}, ${state.consecutive_failures} failures in a row, ${state.in_flight} calls under way.`,
      ...Object.entries(settings).map(([key, value]) => `${key}: ${String(value)}`),
      ...(state.error === null ? [] : [`The last call failed: ${state.error.message}`]),
    ];
    out.text(
      `${name}: ${spec.kind}${spec.model === undefined ? "" : `, ${spec.model}`}\n${now.join("\n")}\n\n${renderTable(
        ["capability", "value", "from"],
        Object.entries(capabilities).map(([key, { value, from }]) => [key, textOf(value), from]),
      )}`,
    );
    return EXIT.ok;
  } finally {
    ledger.close();
  }
};

function textOf(value: CapabilityFact["value"]): string {
  if (value === null) return "unknown";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
