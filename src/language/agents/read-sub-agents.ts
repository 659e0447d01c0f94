import { SUB_AGENT_TOOL, type SubAgent } from "../../plan/agent-loop.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import { nearestName } from "../yaml/nearest-name.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { checkToolCalling } from "./check-tool-calling.ts";
import { grantTools } from "./grant-tools.ts";
import { readCeilings } from "./read-ceilings.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";

/** How many agents may ask one another in a row: the step's own, one that it asks, one that that one asks. */
const MAX_DEPTH = 3;
const KEYS = ["agent", "description", "tools", "agents", "max-turns", "max-calls", "budget-share"];

/** `agents:` of a step: a list of names, or a map of names to what each is and may do. */
export function readSubAgents(draft: StepDraft): AgentMap | undefined {
  const { reader } = draft;
  const value = reader.raw("agents");
  if (value === undefined) return undefined;
  const found = isJsonObject(value) ? readMap(draft, value) : readList(draft);
  if (Object.keys(found).length === 0) return undefined;
  if (Object.hasOwn(draft.tools, SUB_AGENT_TOOL) && usesTool(draft, found))
    reader.complain("agents", {
      code: "step/bad-value",
      message: `agents that are asked are called ${SUB_AGENT_TOOL}.NAME, and a tool called ${SUB_AGENT_TOOL} is granted too`,
      hint: "call the tool something else",
    });
  checkChains(reader, found);
  return found;
}

/** Sub-agents by name. */
type AgentMap = { readonly [name: string]: SubAgent };

function readList(draft: StepDraft): AgentMap {
  const names = draft.reader.names("agents") ?? [];
  for (const name of names) checkAgent(draft, name, ["agents"]);
  return Object.fromEntries(
    names.map((name) => [name, { ...readOne(undefined), agent: name, description: about(name) }]),
  );
}

function readMap(draft: StepDraft, value: JsonObject): AgentMap {
  const map = draft.reader.map("agents") as Reader;
  const entries = Object.keys(value).map((name): [string, SubAgent] => {
    if (!/^[A-Za-z_][\w-]{0,40}$/.test(name))
      map.complain(name, { code: "step/bad-value", message: `an agent cannot be called ${name} here` }, "key");
    const reader = value[name] === null ? undefined : map.map(name);
    if (reader !== undefined) checkKeys(reader, { known: KEYS, unknownCode: "step/unknown-key" });
    const agent = reader?.text("agent") ?? name;
    checkAgent(draft, agent, reader?.has("agent") === true ? ["agents", name, "agent"] : ["agents", name]);
    const tools = reader?.names("tools") ?? [];
    const toolSpecs = grantTools(draft, tools, { agent, span: draft.reader.spanOf(["agents", name, "tools"]) });
    const others = reader?.names("agents") ?? [];
    for (const other of others)
      if (!Object.hasOwn(value, other))
        reader?.complain("agents", {
          code: "step/unknown-agent",
          message: `${name} may ask agents of this step only, and there is no ${other}`,
          expected: Object.keys(value).join(", "),
        });
    if (others.length > 0) checkToolCalling(draft, agent, draft.reader.spanOf(["agents", name, "agents"]));
    const description = reader?.text("description") ?? about(name);
    const specs = toolSpecs === undefined ? {} : { toolSpecs };
    return [name, { ...readOne(reader), agent, description, tools, ...specs, agents: others }];
  });
  return Object.fromEntries(entries);
}

function readOne(reader: Reader | undefined): Omit<SubAgent, "agent" | "description"> {
  const share = reader === undefined ? undefined : readShare(reader);
  return { tools: [], agents: [], ...readCeilings(reader), ...(share === undefined ? {} : { budgetShare: share }) };
}

function readShare(reader: Reader): number | undefined {
  const value = reader.raw("budget-share");
  if (value === undefined || (typeof value === "number" && value > 0 && value <= 1)) return value;
  reader.complain("budget-share", {
    code: "step/bad-value",
    message: "a share of the step's budget is a number above 0, and at most 1",
    expected: "budget-share: 0.25",
  });
  return undefined;
}

function about(name: string): string {
  return `Gives a task to the agent ${name} and waits for its answer.`;
}

function checkAgent({ agents, complain, reader }: StepDraft, name: string, path: readonly string[]): void {
  if (Object.hasOwn(agents, name)) return;
  const near = nearestName(name, Object.keys(agents));
  complain({
    code: "step/unknown-agent",
    message: `there is no agent ${name}`,
    span: reader.spanOf(path),
    expected: Object.keys(agents).join(", "),
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
}

/** Agents that would ask one another for ever, or too many in a row. */
function checkChains(reader: Reader, agents: AgentMap): void {
  const follow = (chain: readonly string[]): void => {
    const last = chain.at(-1) as string;
    const before = chain.slice(0, -1);
    if (before.includes(last)) {
      reader.complain("agents", { code: "agent/cycle", message: `agents ask one another: ${chain.join(" → ")}` });
    } else if (chain.length >= MAX_DEPTH) {
      const message = `agents ask one another ${chain.length} deep: ${chain.join(" → ")}`;
      reader.complain("agents", { code: "agent/too-deep", message });
    } else for (const next of agents[last]?.agents ?? []) if (Object.hasOwn(agents, next)) follow([...chain, next]);
  };
  for (const name of Object.keys(agents)) follow([name]);
}

function usesTool({ reader, grants }: StepDraft, agents: AgentMap): boolean {
  const all = [...grants, ...(reader.names("tools") ?? []), ...Object.values(agents).flatMap(({ tools }) => tools)];
  return all.some((grant) => grant.startsWith(`${SUB_AGENT_TOOL}.`));
}
