import type { AgentSpec } from "../plan/agent-spec.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { loadOwnProvider } from "./load-own-provider.ts";
import type { Provider, ProviderRequest } from "./provider.ts";

/** Every kind of agent; loaded at its first use, because the SDKs are heavy. */
export const providers: { readonly [kind: string]: () => Promise<Provider> } = {
  anthropic: () => import("./providers/anthropic.ts").then(({ anthropic }) => anthropic),
  "claude-code": () => import("./providers/claude-code.ts").then(({ claudeCode }) => claudeCode),
  codex: () => import("./providers/codex.ts").then(({ codex }) => codex),
  openai: () => import("./providers/openai.ts").then(({ openai }) => openai),
  "openai-compatible": () =>
    import("./providers/openai-compatible.ts").then(({ openaiCompatible }) => openaiCompatible),
  opencode: () => import("./providers/opencode.ts").then(({ opencode }) => opencode),
  recorded: () => import("./providers/recorded.ts").then(({ recorded }) => recorded),
};

/** The provider of an agent. Throws `StepFailure` `agent/unknown-kind` and `agent/bad-provider`. */
export async function loadProvider(
  spec: AgentSpec,
  from: Pick<ProviderRequest, "readFile"> & { readonly host: { readonly stateDir: string } },
): Promise<Provider> {
  if (spec.module !== undefined) return loadOwnProvider(spec.module, from);
  const load = Object.hasOwn(providers, spec.kind) ? providers[spec.kind] : undefined;
  if (load === undefined) throw new StepFailure("agent/unknown-kind", `there is no agent kind ${spec.kind}`);
  return load();
}
