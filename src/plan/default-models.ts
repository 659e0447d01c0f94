/** The model of an agent that names none, by kind of agent. */
export const DEFAULT_MODELS: { readonly [kind: string]: string } = {
  anthropic: "claude-sonnet-5-5",
  openai: "gpt-6.1-sol",
};
