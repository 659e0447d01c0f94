/** A project whose steps of prose have an agent; nothing else is in it. */
export const projectWithAgent = {
  agents: { a: { kind: "anthropic" } },
  agentChoice: { primary: "a", isName: true },
  tools: {},
  env: {},
  secrets: [],
  readFile: () => undefined,
};
