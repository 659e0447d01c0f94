import { randomBytes } from "node:crypto";
import { WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from "@temporalio/client";
import { defineSearchAttributeKey } from "@temporalio/common";
import { openArtifactStore } from "../artifacts/artifact-store.ts";
import { DiagnosticError } from "../diagnostics/diagnostic.ts";
import { renderOpened } from "../expressions/render-template.ts";
import { checkValues } from "../plan/check-value.ts";
import type { JsonObject } from "../plan/json.ts";
import { ENGINE, type StartArguments, TASK_QUEUE } from "../plan/messages.ts";
import type { Plan } from "../plan/plan.ts";
import { STATUS_ATTRIBUTE } from "../plan/search-attributes.ts";
import { storeDirOf } from "../worker/create-worker.ts";
import { type Connected, withDeadline } from "./connect-client.ts";
import { packPlan } from "./pack-plan.ts";

/**
 * A worker killed while it thinks about a run holds it up for this long; Temporal's default is 10 s. It must suffice to
 * replay a whole history on a busy machine.
 */
const TASK_TIMEOUT_MS = 5000;

/** Temporal takes keys of 64 bytes. */
const MAX_FAIRNESS_KEY = 60;

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
    inputs: request.inputs,
    projectDir: request.projectDir,
  };
  const run = request.run ?? createRunId(plan.name);
  const taskQueue = request.taskQueue ?? TASK_QUEUE;
  return launchRun(connected, { run, plan, args, taskQueue, inputs: request.inputs });
}

/** A run with its arguments made already. */
export interface Launch {
  readonly run: string;
  readonly plan: Plan;
  readonly args: object;
  readonly taskQueue: string;
  /** For the fairness key. @default none */
  readonly inputs?: JsonObject;
  readonly memo?: { readonly [name: string]: string };
}

/** Starts a run whose id must be new. Throws `DiagnosticError` `run/exists`. */
export async function launchRun(connected: Connected, launch: Launch): Promise<{ readonly run: string }> {
  const { run, plan, args, taskQueue } = launch;
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
        staticSummary: plan.file,
        ...(plan.description === undefined ? {} : { staticDetails: plan.description }),
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
      ...(key === undefined ? {} : { fairnessKey: (key as string).slice(0, MAX_FAIRNESS_KEY) }),
    },
  };
}

/** Readable and unlikely to be used: `triage-k3x9`. */
export function createRunId(workflow: string): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789";
  const tail = [...randomBytes(4)].map((byte) => letters[byte % letters.length]).join("");
  return `${workflow}-${tail}`;
}

function idUsed(run: string): DiagnosticError {
  return new DiagnosticError([
    {
      code: "run/exists",
      severity: "error",
      message: `there is already a run ${run}`,
      hint: `see it with \`aiworkflow show ${run}\`, or choose another --id`,
    },
  ]);
}
