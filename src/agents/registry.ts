import { StepFailure } from "../plan/step-failure.ts";
import type { Provider } from "./provider.ts";

/** Every kind of agent; loaded at its first use, because the SDKs are heavy. */
export const providers: { readonly [kind: string]: () => Promise<Provider> } = {
  anthropic: () => import("./providers/anthropic.ts").then(({ anthropic }) => anthropic),
  "claude-code": () => import("./providers/claude-code.ts").then(({ claudeCode }) => claudeCode),
  codex: () => import("./providers/codex.ts").then(({ codex }) => codex),
  openai: () => import("./providers/openai.ts").then(({ openai }) => openai),
  opencode: () => import("./providers/opencode.ts").then(({ opencode }) => opencode),
  recorded: () => import("./providers/recorded.ts").then(({ recorded }) => recorded),
};

/** Throws `StepFailure` `agent/unknown-kind`. */
export async function loadProvider(kind: string): Promise<Provider> {
  const load = Object.hasOwn(providers, kind) ? providers[kind] : undefined;
  if (load === undefined) throw new StepFailure("agent/unknown-kind", `there is no agent kind ${kind}`);
  return load();
}
