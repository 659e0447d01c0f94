import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openArtifactStore } from "../artifacts/artifact-store.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { ActionResult, ToolCall } from "../plan/activity.ts";
import type { CostSettings } from "../plan/budget.ts";
import type { JsonObject, JsonValue } from "../plan/json.ts";
import type { ToolSpec } from "../plan/plan.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { closeTools } from "../tools/close-tools.ts";
import { redactValue } from "../tools/redact.ts";
import type { ActivityContext } from "./activity-context.ts";
import { callTool } from "./call-tool.ts";
import { createContext } from "./create-context.ts";
import { Postponed } from "./postponed.ts";

/** One call of an operation that no run asks for. */
export interface OutsideCall {
  readonly name: string;
  readonly spec: ToolSpec;
  readonly operation: string;
  readonly args: JsonObject;
  readonly timeoutMs: number;
}

/** Where it is made. */
export interface OutsidePlace {
  readonly env: ActivityContext["env"];
  readonly projectDir: string;
  readonly stateDir: string;
  readonly storeDir: string;
  readonly ledger: () => Ledger;
  /** Content of the project's files by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly costs: CostSettings;
  readonly signal: AbortSignal;
  /** Tells the person who makes the call. */
  readonly warn: (message: string) => void;
  /** Told what it costs, US dollars, once that is paid. */
  readonly paid: (usd: number) => void;
}

/** What came of it, with known secrets masked. */
export type OutsideAnswer = Omit<ActionResult, "attempts" | "output"> & { readonly output: JsonValue };

/**
 * Makes one call of a tool outside of a run as a step would: held to the limits of the tool, paid for, its secrets masked, also in what it
 * throws. What it started is ended. Throws `StepFailure` with the codes of a tool call.
 */
export async function callToolOutside(call: OutsideCall, place: OutsidePlace): Promise<OutsideAnswer> {
  const timeout = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const startTimer = () => {
    const seconds = call.timeoutMs / 1000;
    const late = new StepFailure("step/timeout", `timed out after ${seconds} s`);
    timer = setTimeout(() => timeout.abort(late), call.timeoutMs);
  };
  const signal = AbortSignal.any([place.signal, timeout.signal]);
  const activity = activityOf(call, place);
  const context = contextOf(activity, place, {
    signal,
    offTheClock: (work) => {
      clearTimeout(timer);
      return work().finally(startTimer);
    },
  });
  try {
    for (;;) {
      startTimer();
      try {
        const result = await callTool(activity, context);
        return { ...result, output: await context.load(result.output) };
      } catch (error) {
        clearTimeout(timer);
        if (!(error instanceof Postponed)) throw error;
        place.warn(error.message);
        await sleep(error.afterMs, undefined, { signal });
      }
    }
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error;
    if (!(reason instanceof Error)) throw reason;
    const { code, details } =
      reason instanceof StepFailure ? reason : { code: "step/internal-error", details: undefined };
    throw new StepFailure(code, context.redact(reason.message), details === undefined ? {} : { details });
  } finally {
    clearTimeout(timer);
    await closeTools();
  }
}

/** The call as an interpreter would ask for it: once, and in the name of nobody. */
function activityOf({ name, spec, operation, args, timeoutMs }: OutsideCall, place: OutsidePlace): ToolCall {
  const key = `tools-call/${randomUUID()}`;
  return {
    idempotencyKey: key,
    stepPath: "",
    stepId: "",
    timeoutMs,
    projectDir: place.projectDir,
    env: {},
    effect: spec.operations[operation]?.effect ?? "at-most-once",
    retry: { maxAttempts: 1, initialIntervalMs: 0, maxIntervalMs: 0, backoff: 1 },
    toolName: name,
    tool: spec,
    operation,
    with: args,
    payer: { run: "", workflow: "" },
    // Limits of each run hold for the call alone.
    charge: { ...place.costs, root: key, accounts: [], budgets: [] },
  };
}

function contextOf(
  call: ToolCall,
  { env, projectDir, stateDir, storeDir, ledger, files, warn, paid }: OutsidePlace,
  attempt: Pick<ActivityContext, "signal" | "offTheClock">,
): ActivityContext {
  const resources = { store: openArtifactStore(storeDir), ledger, env, projectDir, stateDir };
  const context = createContext(call, resources, {
    ...attempt,
    callId: call.idempotencyKey,
    attempt: 1,
    lastProgress: undefined,
    begin: () => undefined,
    heartbeat: () => undefined,
    noteSoFar: () => undefined,
    paid,
    warn,
  });
  return {
    ...context,
    // Arguments are what they are: nothing in them is a name of a secret.
    resolve: (template) => (template === call.with ? Promise.resolve(call.with) : context.resolve(template)),
    // Nothing of it is for the store.
    keep: async (value) => redactValue(value, context.redact),
    load: async (value) => value as JsonValue,
    readFile: async (sha256) =>
      files.get(sha256) ?? Promise.reject(new StepFailure("artifact/missing", `there is no file ${sha256}`)),
  };
}
