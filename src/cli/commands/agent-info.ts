import { capabilitiesOf, type CapabilityFact } from "../../plan/capabilities.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { findAgent } from "../ask-agent.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `agent info NAME`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  findAgent(project, name);
  const { capabilities: own, ...spec } = project.agents[name] as AgentSpec;
  const capabilities = capabilitiesOf(
    { ...spec, name, ...(own === undefined ? {} : { capabilities: own }) },
    project.capabilities,
  );
  out.data({ name, ...spec, capabilities });
  out.text(
    `${name}: ${spec.kind}${spec.model === undefined ? "" : `, ${spec.model}`}\n\n${renderTable(
      ["capability", "value", "from"],
      Object.entries(capabilities).map(([key, { value, from }]) => [key, textOf(value), from]),
    )}`,
  );
  return EXIT.ok;
};

function textOf(value: CapabilityFact["value"]): string {
  if (value === null) return "unknown";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
