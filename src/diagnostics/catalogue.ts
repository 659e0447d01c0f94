import { agentCodes } from "./codes/agent.ts";
import { costCodes } from "./codes/costs.ts";
import { languageCodes } from "./codes/language.ts";
import { programCodes } from "./codes/program.ts";
import { projectCodes } from "./codes/project.ts";
import { routeCodes } from "./codes/route.ts";
import { runCodes } from "./codes/run.ts";
import { toolCodes } from "./codes/tool.ts";

/** What is known of a code. */
export interface CatalogueEntry {
  readonly severity: "error" | "warning";
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** What to do. */
  readonly hint: string;
}

/** Every code that a diagnostic or a failure can have. */
export const catalogue: { readonly [code: string]: CatalogueEntry } = {
  ...languageCodes,
  ...projectCodes,
  ...routeCodes,
  ...runCodes,
  ...programCodes,
  ...agentCodes,
  ...costCodes,
  ...toolCodes,
};
