import type { RunStatus } from "../../src/plan/report.ts";

/** A workflow and what must be true of every run of it, whatever is killed meanwhile. */
export interface Scene {
  readonly name: string;
  readonly markdown: string;
  /** Steps of the ledger that a completed (or undone) run has applied, each exactly once. */
  readonly effects: readonly string[];
  /** The first has done everything before the second begins. */
  readonly order: readonly (readonly [string, string])[];
  /** Steps that may begin once only. */
  readonly once?: readonly string[];
  /** How a run may end. */
  readonly ends: readonly RunStatus[];
  /** More attempts than this no step may show. */
  readonly attempts: number;
  /** After this step of the ledger the run waits for a vote. */
  readonly voteAfter?: string;
  /** Something that the ledger sees may always happen next at once: no timers, and neither a person nor a model is asked between. */
  readonly isSteady: boolean;
}

/** The pairs of neighbours: each before the next. */
export function inOrder(...names: readonly string[]): readonly (readonly [string, string])[] {
  return names.slice(1).map((name, index) => [names[index] as string, name] as const);
}

/** Front matter that every scene has. `files`: the ledger's address is one for the whole campaign. */
export function head(name: string, ledger: string, more = ""): string {
  return `---\nname: ${name}\ninputs: { tag: { type: string, required: true } }\nenv: { LEDGER: "${ledger}" }\n${more}---\n# ${name}\n`;
}

/** A script step that acts on the ledger. */
export function act(title: string, options: ActOptions = {}): string {
  const { name = title.toLowerCase(), half = 0.08, level = "##", more = "", undo = false, body = "" } = options;
  const effect = options.effect ?? "idempotent";
  const values = `{ tag: "\${{ inputs.tag }}", name: "${name}"${options.with ?? ""} }`;
  const undoing = undo
    ? `\`\`\`yaml undo\nrun: '. ./effect.sh "undo-${name}" ${half}'\nwith: { tag: "\${{ inputs.tag }}" }\n\`\`\`\n`
    : "";
  return (
    `${level} ${title}\n\`\`\`bash run\n. ./effect.sh "$name" ${half}\n${body}\n\`\`\`\n` +
    `\`\`\`yaml step\neffect: ${effect}\nwith: ${values}\n${more}\n\`\`\`\n${undoing}`
  );
}

/** What differs from a plain step. */
export interface ActOptions {
  /** Its name in the ledger. @default the title in lower case */
  readonly name?: string;
  /** Half of its duration in seconds. @default 0.08 */
  readonly half?: number;
  readonly level?: "##" | "###";
  readonly effect?: "read" | "idempotent" | "at-most-once";
  /** More keys of the step, as YAML lines. */
  readonly more?: string;
  /** More values for the script, beginning with a comma. */
  readonly with?: string;
  /** Has an undo that acts as `undo-NAME`. */
  readonly undo?: boolean;
  /** What the script does afterwards. */
  readonly body?: string;
}
