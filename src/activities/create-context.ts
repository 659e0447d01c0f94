import { existsSync } from "node:fs";
import { keepValue, loadValue, readArtifact } from "../artifacts/keep-value.ts";
import { resolveTemplate } from "../expressions/resolve-template.ts";
import type { ActivityCall } from "../plan/activity.ts";
import type { JsonValue } from "../plan/json.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ActivityContext } from "./activity-context.ts";
import { createRedactor } from "./redact.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** Variables whose values are masked even when no step named them. */
const SECRET_NAME = /(_API_KEY|_TOKEN|_SECRET|_PASSWORD)$/;

/** The parts of a context that belong to one attempt. */
type AttemptPart = Pick<
  ActivityContext,
  "signal" | "callId" | "attempt" | "lastProgress" | "heartbeat" | "offTheClock" | "noteSoFar"
>;

/** Builds what a handler may use. */
export function createContext(call: ActivityCall, resources: WorkerResources, attempt: AttemptPart): ActivityContext {
  const { store, env, stateDir } = resources;
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(env)) if (value && SECRET_NAME.test(name)) secrets.add(value);
  let redactor: ((text: string) => string) | undefined;
  const redact = (text: string) => (redactor ??= createRedactor(secrets))(text);

  const secret = (name: string): string => {
    const value = env[name];
    if (value === undefined) {
      throw new StepFailure("secret/missing", `the worker's environment has no variable ${name}`);
    }
    secrets.add(value);
    redactor = undefined;
    return value;
  };

  return {
    ...attempt,
    key: call.idempotencyKey,
    env,
    stateDir,
    store,
    ledger: resources.ledger,
    projectDir: existsSync(call.projectDir) ? call.projectDir : resources.projectDir,
    redact,
    resolve: (template) => resolveTemplate(template, { load: (ref) => loadValue(store, ref), secret }),
    keep: (value, maxInlineBytes) =>
      keepValue(store, JSON.parse(redact(JSON.stringify(value))) as JsonValue, maxInlineBytes),
    load: (value) => loadValue(store, value),
    readFile: (sha256) => readArtifact(store, sha256),
  };
}
