import { type StepCompiler, type StepDraft, AGENT_TIMEOUT_MS } from "./step-compiler.ts";
import { capabilitiesOf } from "../../plan/capabilities.ts";
import { compileRoute } from "../compile/compile-route.ts";
import { checkChoiceNames, joinChoices, readAgentChoice } from "../parse-agent-choice.ts";
import type { RejectedCandidate } from "../../plan/route.ts";
import { nearestName } from "../yaml/nearest-name.ts";

const MAX_TURNS = 50;

/** Work for an agent: the prose is the prompt. */
export const agentKind: StepCompiler = {
  kind: "agent",
  key: "agent",
  keys: ["tools", "max-turns"],
  undoes: true,
  compile(draft) {
    const { reader } = draft;
    const own = readAgentChoice(reader, { badValue: "step/bad-value", unknownKey: "step/unknown-key" });
    const choice = joinChoices(draft.agentChoice, own);
    const tools = [...draft.grants, ...(reader.names("tools") ?? [])];
    const { agents, capabilities } = draft;
    const chosen = choice && compileRoute(choice, { agents, capabilities, callsTools: tools.length > 0 });
    const agent = chosen !== undefined && "agent" in chosen ? chosen.agent : choice?.primary;
    if (draft.prose.trim() === "") {
      draft.complain({ code: "step/empty", message: "this step does not say what to do", span: draft.headingSpan });
    }
    if (agent === undefined && draft.prose.trim() === "") return undefined;
    const route = chosen !== undefined && "route" in chosen ? chosen.route : undefined;
    if (own !== undefined) checkChoiceNames(reader, Object.keys(agents));
    if (agent === undefined && chosen === undefined) {
      draft.complain({ code: "agent/none", message: "no agent is configured for this step", span: draft.headingSpan });
    } else if (chosen !== undefined && "nobody" in chosen) {
      complainOfNobody(draft, chosen.nobody);
    }
    for (const grant of tools) checkGrant(draft, grant);
    if (agent !== undefined && route === undefined && tools.length > 0) checkToolCalling(draft, agent);
    return {
      kind: "agent",
      effect: "read",
      timeoutMs: AGENT_TIMEOUT_MS,
      fields: {
        agent: agent ?? "",
        ...(route === undefined ? {} : { route }),
        prompt: draft.compileProse(),
        tools,
        maxTurns: reader.count("max-turns") ?? MAX_TURNS,
      },
    };
  },
};

function complainOfNobody(draft: StepDraft, rejected: readonly RejectedCandidate[]): void {
  draft.complain({
    code: "agent/no-candidate",
    message: `no agent is left for this step: ${rejected.map(({ agent, rule }) => `${agent} ${rule === "excluded" ? "is excluded" : rule}`).join("; ")}`,
    span: draft.reader.has("agent") ? draft.reader.spanOf(["agent"]) : draft.headingSpan,
  });
}

function checkToolCalling(draft: StepDraft, name: string): void {
  const kind = draft.agents[name]?.kind;
  if (kind === undefined || capabilitiesOf({ name, kind }, draft.capabilities)["tool-calling"].value === true) return;
  draft.complain({
    code: "agent/no-tool-calling",
    message: `the step grants tools, but the agent ${name} cannot call any`,
    span: draft.reader.has("tools") ? draft.reader.spanOf(["tools"]) : draft.headingSpan,
  });
}

function checkGrant(draft: StepDraft, grant: string): void {
  const [tool = "", ...operation] = grant.split(".");
  const span = draft.reader.has("tools") ? draft.reader.spanOf(["tools"]) : draft.headingSpan;
  if (operation.length === 0) {
    draft.complain({
      code: "step/bad-value",
      message: `a grant names an operation: ${grant}.* or ${grant}.NAME`,
      span,
    });
  } else if (!Object.hasOwn(draft.tools, tool)) {
    const near = nearestName(tool, Object.keys(draft.tools));
    draft.complain({
      code: "step/unknown-tool",
      message: `there is no tool ${tool}`,
      span,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}
