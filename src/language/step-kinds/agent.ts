import { LOOP_KEYS, readLoop } from "../agents/read-loop.ts";
import { checkToolCalling } from "../agents/check-tool-calling.ts";
import { checkGrants } from "../agents/check-grants.ts";
import { parsePermissions } from "../parse-program-agent.ts";
import { checkPermissions, checkProgram } from "../compile/check-program.ts";
import { grantTools } from "../agents/grant-tools.ts";
import { compileRoute } from "../compile/compile-route.ts";
import { checkChoiceNames, joinChoices, readAgentChoice } from "../parse-agent-choice.ts";
import type { RejectedCandidate } from "../../plan/route.ts";
import { type StepCompiler, type StepDraft, AGENT_TIMEOUT_MS } from "./step-compiler.ts";

/** Work for an agent: the prose is the prompt. */
export const agentKind: StepCompiler = {
  kind: "agent",
  key: "agent",
  asks: true,
  keys: ["tools", "permissions", ...LOOP_KEYS],
  refuses: { env: "an agent sees its prompt; a tool has the `env:` of its entry in registry.yaml" },
  undoes: true,
  compile(draft) {
    const { reader } = draft;
    const own = readAgentChoice(reader, { badValue: "step/bad-value", unknownKey: "step/unknown-key" });
    const choice = joinChoices(draft.agentChoice, own);
    const tools = [...draft.grants, ...(reader.names("tools") ?? [])];
    const toolsSpan = reader.has("tools") ? reader.spanOf(["tools"]) : draft.headingSpan;
    const granted = checkGrants(draft, tools, toolsSpan);
    const asksAgents = reader.has("agents");
    const chosen = choice && compileRoute(choice, { ...draft, granted, asksAgents });
    const agent = chosen !== undefined && "agent" in chosen ? chosen.agent : choice?.primary;
    if (draft.prose.trim() === "") {
      draft.complain({ code: "step/empty", message: "this step does not say what to do", span: draft.headingSpan });
    }
    if (agent === undefined && draft.prose.trim() === "") return undefined;
    const route = chosen !== undefined && "route" in chosen ? chosen.route : undefined;
    if (own !== undefined) checkChoiceNames(reader, Object.keys(draft.agents));
    if (agent === undefined && chosen === undefined) {
      draft.complain({ code: "agent/none", message: "no agent is configured for this step", span: draft.headingSpan });
    } else if (chosen !== undefined && "nobody" in chosen) {
      complainOfNobody(draft, chosen.nobody);
    }
    const only = chosen !== undefined && "agent" in chosen && route === undefined ? chosen.agent : undefined;
    const toolSpecs = only === undefined ? undefined : grantTools(draft, granted, { agent: only, span: toolsSpan });
    if (only !== undefined && asksAgents) checkToolCalling(draft, only, reader.spanOf(["agents"]));
    if (only !== undefined) checkProgram(draft, only);
    const permissions = parsePermissions(reader, "step/bad-value");
    checkPermissions(draft, route?.candidates.map((one) => one.agent) ?? (only === undefined ? [] : [only]));
    return {
      kind: "agent",
      effect: "read",
      timeoutMs: AGENT_TIMEOUT_MS,
      fields: {
        agent: agent ?? "",
        ...(route === undefined ? {} : { route }),
        prompt: draft.compileProse(),
        tools,
        ...(permissions === undefined ? {} : { permissions }),
        ...(toolSpecs === undefined ? {} : { toolSpecs }),
        ...readLoop(draft),
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
