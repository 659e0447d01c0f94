import { existsSync } from "node:fs";
import { keepValue, loadValue, readArtifact } from "../artifacts/keep-value.ts";
import { resolveTemplate } from "../expressions/resolve-template.ts";
import type { ActivityCall } from "../plan/activity.ts";
import { StepFailure } from "../plan/step-failure.ts";
import type { ActivityContext } from "./activity-context.ts";
import { createRedactor, redactValue, type Redactor, secretsByName } from "../tools/redact.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** The parts of a context that belong to one attempt. */
type AttemptPart = Pick<
  ActivityContext,
  | "signal"
  | "callId"
  | "attempt"
  | "lastProgress"
  | "begin"
  | "heartbeat"
  | "offTheClock"
  | "noteSoFar"
  | "paid"
  | "warn"
>;

/** Builds what a handler may use. */
export function createContext(call: ActivityCall, resources: WorkerResources, attempt: AttemptPart): ActivityContext {
  const { store, env, stateDir } = resources;
  const secrets = new Set(secretsByName(env));
  for (const name of call.secrets ?? []) if (env[name]) secrets.add(env[name]);
  let redactor: Redactor | undefined;
  const currentRedactor = () => (redactor ??= createRedactor(secrets));
  const redact = (text: string) => currentRedactor()(text);

  const hide = (value: string): string => {
    secrets.add(value);
    redactor = undefined;
    return value;
  };
  const secret = (name: string): string => {
    const value = env[name];
    if (value === undefined) {
      throw new StepFailure("secret/missing", `the worker's environment has no variable ${name}`);
    }
    return hide(value);
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
    unfinished: (text) => currentRedactor().unfinished(text),
    resolve: (template) => resolveTemplate(template, { load: (ref) => loadValue(store, ref), secret }),
    hide,
    keep: (value, maxInlineBytes) => keepValue(store, redactValue(value, redact), maxInlineBytes),
    load: (value) => loadValue(store, value),
    readFile: (sha256) => readArtifact(store, sha256),
  };
}
