import { LOOP_KEYS, readLoop } from "../agents/read-loop.ts";
import { checkToolCalling } from "../agents/check-tool-calling.ts";
import { parsePermissions } from "../parse-program-agent.ts";
import { checkProgram } from "../compile/check-program.ts";
import { grantTools } from "../agents/grant-tools.ts";
import { type StepCompiler, AGENT_TIMEOUT_MS } from "./step-compiler.ts";
import { nearestName } from "../yaml/nearest-name.ts";

/** Work for an agent: the prose is the prompt. */
export const agentKind: StepCompiler = {
  kind: "agent",
  key: "agent",
  keys: ["tools", "permissions", ...LOOP_KEYS],
  undoes: true,
  compile(draft) {
    const { reader, agents } = draft;
    const agent = reader.text("agent") ?? draft.defaultAgent;
    if (draft.prose.trim() === "") {
      draft.complain({ code: "step/empty", message: "this step does not say what to do", span: draft.headingSpan });
    }
    if (agent === undefined && draft.prose.trim() === "") return undefined;
    if (agent === undefined) {
      draft.complain({ code: "agent/none", message: "no agent is configured for this step", span: draft.headingSpan });
    } else if (!Object.hasOwn(agents, agent)) {
      const near = nearestName(agent, Object.keys(agents));
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      const span = reader.has("agent") ? reader.spanOf(["agent"]) : draft.headingSpan;
      draft.complain({
        code: "step/unknown-agent",
        message: `there is no agent ${agent}`,
        span,
        hint,
        expected: Object.keys(agents).join(", "),
      });
    }
    const tools = [...draft.grants, ...(reader.names("tools") ?? [])];
    const span = reader.has("tools") ? reader.spanOf(["tools"]) : draft.headingSpan;
    const toolSpecs = grantTools(draft, tools, { agent, span });
    if (agent !== undefined && reader.has("agents")) checkToolCalling(draft, agent, reader.spanOf(["agents"]));
    const permissions = parsePermissions(reader, "step/bad-value");
    if (agent !== undefined) checkProgram(draft, agent, { grants: tools, specs: { ...draft.tools, ...toolSpecs } });
    return {
      kind: "agent",
      effect: "read",
      timeoutMs: AGENT_TIMEOUT_MS,
      fields: {
        agent: agent ?? "",
        prompt: draft.compileProse(),
        tools,
        ...(permissions === undefined ? {} : { permissions }),
        ...(toolSpecs === undefined ? {} : { toolSpecs }),
        ...readLoop(draft),
      },
    };
  },
};
