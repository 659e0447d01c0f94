import { missingProgram } from "../../agents/coding/find-coding-program.ts";
import { capabilitiesOf, type CapabilityFact } from "../../plan/capabilities.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { PREDEFINED_DATE } from "../../language/predefined-agents.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { readAgentState } from "../agent-state.ts";
import { findAgent } from "../ask-agent.ts";
import { sourceOf } from "../agent-source.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { storeDirOf } from "../store-dir.ts";
import { renderTable } from "../table.ts";

/** `agent info NAME`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  findAgent(project, name);
  const { capabilities: own, ...spec } = project.allAgents[name] as AgentSpec;
  const capabilities = capabilitiesOf(
    { ...spec, name, ...(own === undefined ? {} : { capabilities: own }) },
    project.capabilities,
  );
  const ledger = openLedger(storeDirOf(project));
  try {
    const state = readAgentState(ledger, name, spec);
    const from = sourceOf(project, name);
    const missing = missingProgram(spec, { projectDir: project.dir, path: process.env["PATH"] }) ?? null;
    out.data({ name, ...spec, from, missing, capabilities, state });
    const settings = { ...spec.profile, ...spec.rate, ...spec.circuitBreaker };
    const now = [
      from === "predefined"
        ? `Predefined on ${PREDEFINED_DATE}; an entry ${name} in aiworkflow.yaml takes its place.`
        : `From ${from === "environment" ? "a key in the environment" : from}.`,
      ...(missing === null ? [] : [`There is no ${missing} on PATH.`]),
      `Breaker ${state.breaker.replace("_", " ")}, ${state.consecutive_failures} failures in a row, ${state.in_flight} calls under way.`,
      ...Object.entries(settings).map(([key, value]) => `${key}: ${String(value)}`),
    ];
    out.text(
      `${name}: ${spec.kind}${spec.model === undefined ? "" : `, ${spec.model}`}\n${now.join("\n")}\n\n${renderTable(
        ["capability", "value", "from"],
        Object.entries(capabilities).map(([key, { value, from }]) => [key, textOf(value), from]),
      )}`,
    );
    return EXIT.ok;
  } finally {
    ledger.close();
  }
};

function textOf(value: CapabilityFact["value"]): string {
  if (value === null) return "unknown";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
