import { type StepCompiler, type StepDraft, AGENT_TIMEOUT_MS } from "./step-compiler.ts";
import { parsePermissions } from "../parse-program-agent.ts";
import { checkProgram } from "../compile/check-program.ts";
import { capabilitiesOf } from "../../plan/capabilities.ts";
import { nearestName } from "../yaml/nearest-name.ts";

const MAX_TURNS = 50;

/** Work for an agent: the prose is the prompt. */
export const agentKind: StepCompiler = {
  kind: "agent",
  key: "agent",
  keys: ["tools", "max-turns", "permissions"],
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
    for (const grant of tools) checkGrant(draft, grant);
    if (agent !== undefined && tools.length > 0) checkToolCalling(draft, agent);
    const permissions = parsePermissions(reader, "step/bad-value");
    if (agent !== undefined) checkProgram(draft, agent, tools);
    return {
      kind: "agent",
      effect: "read",
      timeoutMs: AGENT_TIMEOUT_MS,
      fields: {
        agent: agent ?? "",
        prompt: draft.compileProse(),
        tools,
        ...(permissions === undefined ? {} : { permissions }),
        maxTurns: reader.count("max-turns") ?? MAX_TURNS,
      },
    };
  },
};

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
