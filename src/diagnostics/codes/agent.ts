import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

/** What can go wrong between a run and its agents. */
export const agentCodes: { readonly [code: string]: CatalogueEntry } = {
  "agent/unknown-kind": error("There is no such kind of agent.", "docs/agents.md lists the kinds"),
  "agent/bad-provider": error(
    "A provider of the project's own does not keep to its contract.",
    "see docs/agents.md, “Own providers”",
  ),
  "agent/provider-failed": error("A provider of the project's own failed.", "see the message"),
  "agent/answer-too-large": error(
    "The answer of the model API is too large.",
    "check `base-url`: no model answers so much",
  ),
  "agent/no-key": error("The agent's key is missing.", "set the variable in the worker's environment"),
  "agent/no-replies-file": error("A recorded agent needs a file of replies.", "add `replies: FILE`"),
  "agent/bad-replies": error("The file of recorded replies cannot be used.", "see the message"),
  "agent/no-reply": error("The recording has no reply for this call.", "add the reply to the file"),
  "agent/left-over-reply": error("The recording has a reply that nobody asked for.", "remove it from the file"),
  "agent/invalid-output": error(
    "The agent's answer does not fit the step's output.",
    "say in the prompt what you want, or loosen `output:`",
  ),
  "agent/refused-tool": error(
    "The agent asked again for a tool that the step does not grant.",
    "grant it under `tools:`, or say in the prompt what to use",
  ),
  "agent/too-many-turns": error(
    "The agent was not done after its last turn.",
    "make the task smaller, or raise `max-turns`",
  ),
  "agent/too-many-calls": error(
    "The agent asked for more tool calls than the step allows.",
    "make the task smaller, or raise `max-calls`",
  ),
  "agent/looping": error(
    "The agent made the same calls again and again, though it was told so.",
    "say in the prompt when to stop; name what it may poll under `guards: { polling: [tool.operation] }`",
  ),
  "agent/no-progress": error(
    "The agent's calls brought nothing new for many turns, though it was told so.",
    "look at the errors of its tools; raise `guards: { no-progress: N }` for work that is like that",
  ),
  "agent/context-full": error(
    "The conversation is larger than what the agent holds.",
    "make the task smaller, let tools answer in fewer words, or give parts of it to sub-agents under `agents:`",
  ),
  "agent/tool-names-collide": error(
    "Two operations have names that a model cannot tell apart.",
    "grant one of them only, or rename a tool in registry.yaml",
  ),
  "agent/connection": error("The model API cannot be reached.", "check the network and `base-url`"),
  "agent/quota": error("The account's quota is used up.", "raise it at the provider"),
  "agent/unauthorized": error("The model API refused the key.", "check the key"),
  "agent/model-not-found": error(
    "The model API has no such model.",
    "check `model:`, and `base-url` where there is one",
  ),
  "agent/timeout": error("The model API timed out.", "try again later"),
  "agent/server-error": error("The model API failed.", "try again later"),
  "agent/rate-limited": error(
    "The model API limits the rate of calls.",
    "lower `max-parallel`, or raise the limit at the provider",
  ),
  "agent/overloaded": error("The model API is overloaded.", "try again later"),
  "agent/bad-request": error("The model API refused the request.", "see the message"),
  "agent/truncated": error("The answer was cut off.", "raise `max-tokens` of the agent"),
  "agent/refused": error("The model refused to answer.", "change the prompt"),
};
