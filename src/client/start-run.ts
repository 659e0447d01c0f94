import { createHash, randomBytes } from "node:crypto";
import { WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { type ArtifactStore, openArtifactStore } from "../artifacts/artifact-store.ts";
import { keepValue } from "../artifacts/keep-value.ts";
import { createDiagnostic } from "../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { renderOpened } from "../expressions/render-template.ts";
import { checkValues } from "../plan/check-value.ts";
import type { JsonObject } from "../plan/json.ts";
import { ENGINE, type StartArguments, TASK_QUEUE } from "../plan/messages.ts";
import { MAX_DETAILS_BYTES, MAX_HELD_BYTES, MAX_SUMMARY_BYTES } from "../plan/limits.ts";
import { cutToBytes, jsonBytes } from "../plan/text-size.ts";
import type { Plan } from "../plan/plan.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { storeDirOf } from "../worker/create-worker.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { packPlan } from "./pack-plan.ts";
import { shellWord } from "../plan/shell-word.ts";

/**
 * A worker killed while it thinks about a run holds it up for this long; Temporal's default is 10 s. It must suffice to
 * replay a whole history on a busy machine.
 */
const TASK_TIMEOUT_MS = 5000;

/** What Temporal takes. */
const MAX_FAIRNESS_KEY_BYTES = 64;
const MAX_ID_BYTES = 1000;

/** What to run, and as what. */
export interface StartRequest {
  readonly plan: Plan;
  /** Content of every file that the plan names, by SHA-256. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly inputs: JsonObject;
  /** Run id. @default the workflow's name and four random characters */
  readonly run?: string;
  readonly projectDir: string;
  readonly stateDir: string;
  readonly storeDir?: string;
  /** @default "aiworkflow" */
  readonly taskQueue?: string;
}

/**
 * Puts the run's files into the store, then starts it. Throws `DiagnosticError` `run/exists` where the id has been used,
 * and `plan/too-large`.
 */
export async function startRun(connected: Connected, request: StartRequest): Promise<{ readonly run: string }> {
  const { plan } = request;
  const store = openArtifactStore(storeDirOf(request));
  await Promise.all([...request.files.values()].map((bytes) => store.put(bytes)));
  const args: StartArguments = {
    engine: ENGINE,
    plan: await packPlan(plan, store),
    inputs: await packInputs(request, store),
    projectDir: request.projectDir,
  };
  const { run } = request;
  const taskQueue = request.taskQueue ?? TASK_QUEUE;
  return launchRun(connected, { ...(run === undefined ? {} : { run }), plan, args, taskQueue, inputs: request.inputs });
}

/** Our ids are short, and one in a million is used already where a workflow has had a run. */
const MOST_TRIES = 10;

/** A run with its arguments made already. */
export interface Launch {
  /** @default one of ours */
  readonly run?: string;
  readonly plan: Plan;
  readonly args: object;
  readonly taskQueue: string;
  /** For the fairness key. @default none */
  readonly inputs?: JsonObject;
  readonly memo?: { readonly [name: string]: string };
}

/** Starts a run whose id must be new. Throws `DiagnosticError` `run/exists`, `run/bad-id`. */
export async function launchRun(connected: Connected, launch: Launch): Promise<{ readonly run: string }> {
  if (launch.run !== undefined) return launchAs(connected, launch.run, launch);
  for (let tries = 1; ; tries += 1) {
    try {
      return await launchAs(connected, createRunId(launch.plan.name), launch);
    } catch (error) {
      const isUsed = error instanceof DiagnosticError && error.diagnostics.some(({ code }) => code === "run/exists");
      if (!isUsed || tries === MOST_TRIES) throw error;
    }
  }
}

async function launchAs(connected: Connected, run: string, launch: Launch): Promise<{ readonly run: string }> {
  const { plan, args, taskQueue } = launch;
  const bytes = Buffer.byteLength(run);
  if (bytes === 0 || bytes > MAX_ID_BYTES) throw badId(bytes);
  try {
    await withDeadline(connected, () =>
      connected.client.workflow.start(plan.name, {
        workflowId: run,
        taskQueue,
        args: [args],
        workflowTaskTimeout: TASK_TIMEOUT_MS,
        workflowIdReusePolicy: "REJECT_DUPLICATE",
        workflowIdConflictPolicy: "FAIL",
        ...priorityOf(plan, launch.inputs ?? {}),
        memo: { file: plan.file, digest: plan.digest, ...launch.memo },
        typedSearchAttributes: [{ key: defineSearchAttributeKey(STATUS_ATTRIBUTE, "KEYWORD"), value: "running" }],
        staticSummary: cutToBytes(plan.file, MAX_SUMMARY_BYTES),
        ...(plan.description === undefined ? {} : { staticDetails: cutToBytes(plan.description, MAX_DETAILS_BYTES) }),
      }),
    );
  } catch (error) {
    throw error instanceof WorkflowExecutionAlreadyStartedError ? idUsed(run) : error;
  }
  return { run };
}

function priorityOf(plan: Plan, given: JsonObject): Pick<WorkflowStartOptions, "priority"> {
  const { priority: priorityKey, fairnessKey } = plan;
  if (priorityKey === undefined && fairnessKey === undefined) return {};
  const scope = { inputs: checkValues(plan.inputs, given).values, env: plan.env };
  const key = fairnessKey === undefined ? undefined : renderOpened({ $text: [fairnessKey] }, scope);
  return {
    priority: {
      ...(priorityKey === undefined ? {} : { priorityKey }),
      ...(key === undefined ? {} : { fairnessKey: fitFairnessKey(key as string) }),
    },
  };
}

/** A longer key stands in by its hash, so that different keys stay different. */
function fitFairnessKey(key: string): string {
  return Buffer.byteLength(key) <= MAX_FAIRNESS_KEY_BYTES ? key : createHash("sha256").update(key).digest("hex");
}

/** Readable and unlikely to be used: `triage-k3x9`. */
function createRunId(workflow: string): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const tail = [...randomBytes(4)].map((byte) => letters[byte % letters.length]).join("");
  return `${workflow}-${tail}`;
}

/** Large inputs travel by reference; what does not fit the workflow goes as it is, for the run to refuse. */
async function packInputs({ plan, inputs }: StartRequest, store: ArtifactStore): Promise<JsonObject> {
  if (jsonBytes(inputs) <= MAX_HELD_BYTES || checkValues(plan.inputs, inputs).problems.length > 0) return inputs;
  const packed = Object.entries(inputs).map(async ([name, value]) => [name, await keepValue(store, value)] as const);
  return Object.fromEntries(await Promise.all(packed)) as JsonObject;
}

function badId(bytes: number): DiagnosticError {
  const message = `no run can have an id of ${bytes} bytes; it has 1 to ${MAX_ID_BYTES}`;
  return new DiagnosticError([createDiagnostic({ code: "run/bad-id", message })]);
}

function idUsed(run: string): DiagnosticError {
  return new DiagnosticError([
    {
      code: "run/exists",
      severity: "error",
      message: `there is already a run ${run}`,
      hint: `see it with \`aiworkflow show ${shellWord(run)}\`, or choose another --id`,
    },
  ]);
}
