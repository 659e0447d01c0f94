import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LoadedWorkflow, loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { longWorkflow, subWorkflow } from "./scenes.ts";
import type { Scene } from "./scene.ts";

/** A folder with the scenes' workflows, their tools and replies. */
export interface CrashProject {
  readonly dir: string;
  readonly stateDir: string;
  load(scene: string): Pick<LoadedWorkflow, "files"> & { readonly plan: NonNullable<LoadedWorkflow["plan"]> };
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Creates an empty folder for a campaign. */
export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "aiworkflow-crash-"));
}

/** Writes the project. */
export function openProject(dir: string, ledger: string, scenes: readonly Scene[]): CrashProject {
  const write = (path: string, text: string) => writeFileSync(join(dir, path), text);
  const env = `env: { LEDGER: "${ledger}" }`;
  mkdirSync(join(dir, ".aiworkflow"));
  write("aiworkflow.yaml", "agents: { clerk: { kind: recorded, replies: replies.yaml } }\n");
  const effects = "{ effect: idempotent }";
  write(
    "registry.yaml",
    `tools:
  effect: { kind: mcp, command: node, args: ["${at("effect-mcp.ts")}"], ${env}, operations: { apply: ${effects} } }
  notes: { kind: script, file: notes.sh, ${env}, operations: { keep: { parameters: { name: string }, effect: idempotent } } }
`,
  );
  copyFileSync(at("project/notes.sh"), join(dir, "notes.sh"));
  copyFileSync(at("project/effect.sh"), join(dir, "effect.sh"));
  const calls = [
    "notes.keep, with: { name: note-1 }",
    "effect.apply, with: { name: mail-1 }",
    "notes.keep, with: { name: note-2 }",
  ];
  write("replies.yaml", `ask:\n${calls.map((call) => `  - { call: ${call} }\n`).join("")}  - done\n`);
  write("sub.md", subWorkflow(ledger));
  write("long.md", longWorkflow(ledger));
  for (const { name, markdown } of scenes) write(`${name}.md`, markdown);
  return {
    dir,
    stateDir: join(dir, ".aiworkflow"),
    load(scene) {
      const { plan, files, diagnostics } = loadWorkflow(join(dir, `${scene}.md`));
      if (plan === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
      return { plan, files };
    },
  };
}
