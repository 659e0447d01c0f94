import { StepFailure } from "../../plan/step-failure.ts";
import { callChat } from "../openai/call-chat.ts";
import { withOpenAi } from "../openai/with-openai.ts";
import type { Provider } from "../provider.ts";

/** Chat completions as Ollama, LM Studio, vLLM and many others speak them. Needs no key, and is never given one of OpenAI. */
export const openaiCompatible: Provider = {
  kind: "openai-compatible",
  call: (request) => withOpenAi(request, (client) => callChat(client, request, request.spec.options ?? {})),
  // Not every such server can be asked for one model, but every one lists them.
  check: (request) =>
    withOpenAi(request, async (client) => {
      const { spec, signal } = request;
      const { data } = await client.models.list({ signal });
      const known = (data ?? []).map(({ id }) => id);
      // Ollama leaves `:latest` away where it is meant.
      if (
        spec.model === undefined ||
        known.length === 0 ||
        known.some((id) => id.split(":latest")[0] === spec.model?.split(":latest")[0])
      )
        return;
      throw new StepFailure(
        "agent/model-not-found",
        `the server at ${spec.baseUrl} has no model ${spec.model}; it has: ${known.slice(0, 20).join(", ")}`,
      );
    }),
};
