import { findCodingProgram } from "../../agents/coding/find-coding-program.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { listWorkflows } from "../../bundle/list-workflows.ts";
import { loadProject, type Project } from "../../bundle/load-project.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { AgentSpec } from "../../plan/agent-spec.ts";
import { programSettings } from "../../plan/programs.ts";
import { connectClient } from "../../client/connect-client.ts";
import { checkNamespace } from "../../server/check-namespace.ts";
import { findServer } from "../../server/find-server.ts";
import { findTemporalCli } from "../../server/find-temporal-cli.ts";
import { readTools } from "../../tools/read-tools.ts";
import type { GlobalOptions, Output } from "../output.ts";

/** What one check found. */
export interface CheckResult {
  readonly name: string;
  readonly state: "ok" | "info" | "warning" | "error";
  readonly message: string;
  /** What to do. */
  readonly mend?: string;
}

/** Runs every check. */
export async function runChecks(global: GlobalOptions, out: Output): Promise<readonly CheckResult[]> {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const all = [checkNode(), checkProject(project), checkWorkflows(project), ...checkAgents(project)];
  return [...all, await checkServer(project, global, out), ...(await checkTools(project))];
}

function checkNode(): CheckResult {
  const name = "node";
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26;
  if (fits) return { name, state: "ok", message: process.versions.node };
  return {
    name,
    state: "error",
    message: `${process.versions.node} is not supported`,
    mend: "use Node 22.22, 24.15 or 26",
  };
}

function checkProject({ configured, diagnostics, dir }: Project): CheckResult {
  const name = "project";
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined)
    return { name, state: "error", message: `${error.file}: ${error.message}`, mend: error.hint };
  if (configured) return { name, state: "ok", message: dir };
  return { name, state: "warning", message: "there is no aiworkflow.yaml here", mend: "aiworkflow init" };
}

function checkWorkflows(project: Project): CheckResult {
  const name = "workflows";
  const all = listWorkflows(project);
  const broken = all.filter(({ plan }) => plan === undefined);
  if (broken.length === 0) return { name, state: "ok", message: `${all.length} valid` };
  return {
    name,
    state: "error",
    message: `${broken.length} of ${all.length} have errors: ${broken.map(({ file }) => file).join(", ")}`,
    mend: "aiworkflow workflow validate FILE",
  };
}

const KEYS: Readonly<Record<string, string>> = { anthropic: "ANTHROPIC_API_KEY", openai: "OPENAI_API_KEY" };

/** Whether somebody is logged in shows only when it works. */
function checkProgram(name: string, spec: AgentSpec, project: Project): CheckResult {
  const { command, found } = findCodingProgram(spec, { projectDir: project.dir, path: process.env["PATH"] });
  if (found === undefined) {
    const mend = programSettings(spec.kind)?.install ?? "";
    return { name, state: "error", message: `there is no program ${command}`, mend };
  }
  return { name, state: "ok", message: `${spec.kind}, ${found}` };
}

function checkAgents(project: Project): readonly CheckResult[] {
  const entries = Object.entries(project.agents);
  if (entries.length === 0)
    return [
      {
        name: "agents",
        state: "warning",
        message: "no agent is configured",
        mend: "name one in aiworkflow.yaml (`agent: NAME`, see `aiworkflow agent list`), or set ANTHROPIC_API_KEY or OPENAI_API_KEY",
      },
    ];
  return entries.map(([agent, spec]): CheckResult => {
    const name = `agent ${agent}`;
    if (programSettings(spec.kind) !== undefined && (spec.apiKeyEnv === undefined || process.env[spec.apiKeyEnv]))
      return checkProgram(name, spec, project);
    // An address of their own needs no key of OpenAI.
    const needsKey = spec.baseUrl === undefined || spec.kind === "anthropic";
    const variable = spec.apiKeyEnv ?? (needsKey ? KEYS[spec.kind] : undefined);
    if (variable === undefined) return { name, state: "ok", message: `${spec.kind}, needs no key` };
    if (process.env[variable]) return { name, state: "ok", message: `${spec.kind}, ${variable} is set` };
    return { name, state: "error", message: `${variable} is not set`, mend: `export ${variable}=…` };
  });
}

async function checkServer(project: Project, global: GlobalOptions, out: Output): Promise<CheckResult> {
  const name = "temporal";
  try {
    const { address, namespace } = global;
    const flags = { ...(address === undefined ? {} : { address }), ...(namespace === undefined ? {} : { namespace }) };
    const options = { flags, env: process.env, config: project.server, stateDir: project.stateDir };
    const { server } = await findServer(options);
    if (server !== undefined) {
      const connected = await connectClient(server);
      try {
        await checkNamespace(connected.client.connection as never, server);
      } finally {
        await connected.close();
      }
      return { name, state: "ok", message: `a server answers at ${server.address} (${server.source})` };
    }
    const cli = await findTemporalCli({ env: process.env, onProgress: out.note });
    return {
      name,
      state: "ok",
      message: `no server runs; \`run\` and \`dev\` start one with the CLI ${cli.version} (${cli.source})`,
    };
  } catch (error) {
    const [first] = error instanceof DiagnosticError ? error.diagnostics : [];
    return {
      name,
      state: "error",
      message: first?.message ?? String(error),
      ...(first === undefined ? {} : { mend: first.hint }),
    };
  }
}

async function checkTools(project: Project): Promise<readonly CheckResult[]> {
  const tools = await readTools(project.toolEntries, {
    env: process.env,
    projectDir: project.dir,
    stateDir: project.stateDir,
    files: project.files,
  });
  return tools.map(({ name, state, reason, operations }) =>
    state !== "unreachable"
      ? { name: `tool ${name}`, state: "ok", message: state === "off" ? "off" : `${operations.length} operations` }
      : {
          name: `tool ${name}`,
          state: "error",
          message: reason ?? "unreachable",
          mend: "start its command by hand and see what it prints",
        },
  );
}
