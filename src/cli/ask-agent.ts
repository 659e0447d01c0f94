import { randomUUID } from "node:crypto";
import type { CheckRequest, ProviderRequest } from "../agents/provider.ts";
import { parseReplies } from "../agents/recorded-replies.ts";
import type { Project } from "../bundle/load-project.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { nearestName } from "../language/yaml/nearest-name.ts";
import type { AgentSpec } from "../plan/agent-spec.ts";
import { withCapabilities } from "../plan/capabilities.ts";
import { DEFAULT_PERMISSIONS } from "../plan/permissions.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { createRedactor, secretsByName } from "../tools/redact.ts";

/** An agent of the project as a run would have it. Throws `DiagnosticError` `cli/not-found`, and the project's own faults. */
export function findAgent({ allAgents: agents, capabilities, diagnostics }: Project, name: string): AgentSpec {
  if (diagnostics.some(({ severity }) => severity === "error")) throw new DiagnosticError(diagnostics);
  const spec = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (spec !== undefined) return withCapabilities(name, spec, capabilities);
  const near = nearestName(name, Object.keys(agents));
  const complaint = { code: "cli/not-found", message: `there is no agent ${name}` };
  throw new DiagnosticError([
    createDiagnostic({ ...complaint, ...(near === undefined ? {} : { hint: `did you mean ${near}?` }) }),
  ]);
}

/** What a check of an agent is made with outside of any run. */
export function checkRequestOf(project: Project, spec: AgentSpec, signal: AbortSignal): CheckRequest {
  const { env } = process;
  return {
    spec,
    signal,
    apiKey(defaultVariable) {
      const variable = spec.apiKeyEnv ?? defaultVariable;
      const key = env[variable];
      if (key !== undefined && key !== "") return key;
      throw new StepFailure("agent/no-key", `the agent needs the variable ${variable} in the environment`);
    },
    async readFile(sha256) {
      const bytes = project.files.get(sha256);
      if (bytes === undefined) throw new StepFailure("artifact/missing", "the agent's file is not there");
      return bytes;
    },
    host: {
      projectDir: project.dir,
      stateDir: project.stateDir,
      key: `agent-test/${randomUUID()}`,
      env,
      lastNote: undefined,
      note: () => undefined,
      mask: maskFor(spec),
      permissions: spec.permissions ?? DEFAULT_PERMISSIONS,
    },
  };
}

/** One question to an agent outside of any run; a recorded agent is asked what its first step asks. */
export async function questionOf(
  request: CheckRequest,
  { prompt, spent }: Pick<ProviderRequest, "spent"> & { readonly prompt: string },
): Promise<ProviderRequest> {
  const { replies } = request.spec;
  const recorded =
    replies === undefined ? {} : parseReplies(Buffer.from(await request.readFile(replies.sha256)).toString());
  const [step = "test"] = Object.keys(recorded);
  return {
    ...request,
    transcript: { system: request.spec.system ?? null, messages: [{ role: "user", text: prompt }] },
    tools: [],
    schema: undefined,
    alive: () => undefined,
    said: () => undefined,
    spent,
    ownCalls: { before: [], make: () => Promise.reject(new Error("there are no tools here")) },
    place: { stepPath: step, stepId: step, itemIndex: undefined, repliesUsed: 0, attempt: 1 },
  };
}

/** Why an agent did not answer, as a report has it; an API may repeat its key. */
export function failureOf(
  error: unknown,
  { spec, signal }: CheckRequest,
): { readonly code: string; readonly message: string } {
  if (signal.aborted) return { code: "agent/timeout", message: "it did not answer in time" };
  const message = maskFor(spec)(error instanceof Error ? error.message : String(error));
  return { code: error instanceof StepFailure ? error.code : "agent/provider-failed", message };
}

function maskFor({ apiKeyEnv = "" }: AgentSpec): (text: string) => string {
  const own = process.env[apiKeyEnv];
  return createRedactor([...secretsByName(process.env), ...(own === undefined ? [] : [own])]);
}
