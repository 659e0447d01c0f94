import { sleep } from "@temporalio/workflow";
import { mayVote } from "../plan/may-vote.ts";
import { checkValues } from "../plan/check-value.ts";
import { isJsonObject } from "../plan/json.ts";
import { MAX_MESSAGE_BYTES, MAX_SUMMARY_BYTES, MAX_TEXT_CHARACTERS } from "../plan/limits.ts";
import { cutText, cutToBytes, jsonBytes } from "../plan/text-size.ts";
import type { Decision, DecisionResult } from "../plan/messages.ts";
import type { ApprovalReport, Vote } from "../plan/report.ts";
import { fail } from "./failure-info.ts";
import { fillValues } from "./fill-values.ts";
import { note } from "./notices.ts";
import type { Invocation } from "./invocation.ts";
import { offerVotes } from "./part-link.ts";
import { type ApprovalState, isoTime, type RunState, SUSPENDED } from "./run-state.ts";
import { tellQuestion } from "./track-status.ts";
import { waitHere } from "./wait-here.ts";

const MAX_NAME_CHARACTERS = 200;
/** So many of the steps that wait are named in a refusal. */
const MOST_NAMES = 20;

/** A question to people. */
export interface Question {
  readonly message: string;
  readonly approvers: readonly string[];
  readonly min: number;
  readonly expiresMs: number | undefined;
  /** A form to fill in, instead of a yes or no. */
  readonly fields?: ApprovalReport["fields"];
}

/** Asks people and waits for the end of it. Rejects as `waitHere` does. */
export async function askPeople(invocation: Invocation, question: Question): Promise<ApprovalState> {
  const { run, path, title } = invocation;
  const { expiresMs, ...asked } = question;
  const requestedAtMs = Date.now();
  const expiresAtMs = expiresMs === undefined ? null : requestedAtMs + expiresMs;
  const request: ApprovalState = run.approvals.get(path) ?? {
    ...asked,
    path,
    title,
    requestedAtMs,
    expiresAtMs,
    votes: [],
    status: "pending",
    settle: () => undefined,
  };
  run.approvals.set(path, request);
  const settled = await waitHere(invocation, {
    durationMs: expiresMs,
    summary: `${title} expires`,
    expired() {
      request.status = "expired";
      return request;
    },
    open(settle) {
      request.settle = (status) => {
        request.status = status;
        settle(request);
      };
      // It may have been answered while the run went on to a new history.
      if (request.status === "pending") castEarlyVotes(run, path);
      else settle(request);
      if (request.status === "pending") tellQuestion(run);
    },
    begunAgain(dueMs) {
      request.expiresAtMs = dueMs;
    },
    closed(error) {
      if (error === SUSPENDED) return;
      if (error !== undefined) request.status = "cancelled";
      run.closedApprovals.push(reportApproval(request));
      run.approvals.delete(path);
    },
  });
  // A reset to what comes next would lose a vote that was counted in the same workflow task.
  if (settled.votes.length > 0)
    await sleep(1, { summary: cutToBytes(`${title}: ${settled.status}`, MAX_SUMMARY_BYTES) });
  return settled;
}

/** Refuses a vote that cannot count. Throws `ApplicationFailure` with a code `approval/…`. */
export function checkDecision(run: RunState, decision: Decision): void {
  checkShape(decision);
  const request = findRequest(run, decision.step);
  if (request.status !== "pending") throw fail("approval/not-waiting", `${request.path} is ${request.status} already`);
  const by = voterOf(decision);
  checkForm(request, decision);
  if (!mayVote(request.approvers, by)) {
    throw fail("approval/not-an-approver", `${by} is not asked; asked are ${request.approvers.join(", ")}`);
  }
  if (request.votes.some((vote) => vote.by === by)) {
    throw fail("approval/already-voted", `${by} has voted on ${request.path} already`);
  }
}

/** Counts a vote that `checkDecision` has let pass. */
export function castVote(run: RunState, decision: Decision): DecisionResult {
  const request = findRequest(run, decision.step);
  request.votes.push(voteOf(decision));
  const approvals = request.votes.filter((vote) => vote.decision === "approve").length;
  if (decision.decision === "answer") {
    const { fields = {} } = request;
    request.form = fillValues(fields, checkValues(fields, decision.form ?? {}).values);
    request.settle("answered");
  } else if (decision.decision === "reject") request.settle("rejected");
  else if (approvals >= request.min) request.settle("approved");
  return { run: run.id, step: request.path, decision: decision.decision, settled: request.status !== "pending" };
}

/** A vote by plain signal: counted, or kept until its question is asked. Anybody may send anything under its name. */
export function receiveSignal(run: RunState, sent: unknown, verdict: Decision["decision"]): void {
  const vote = { ...(isJsonObject(sent) ? sent : {}), decision: verdict } as Decision;
  try {
    if (sent != null && !isJsonObject(sent)) throw fail("approval/bad-decision", `${shown(sent)} is no object`);
    checkShape(vote);
    const { step } = vote;
    if (step != null && !run.approvals.has(step)) {
      run.earlyVotes.push({ step, vote: voteOf(vote), ...(vote.form === undefined ? {} : { form: vote.form }) });
      offerVotes(run);
    } else {
      checkDecision(run, vote);
      castVote(run, vote);
    }
  } catch (error) {
    note(run, `a signal ${verdict} did not count: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The report of a question. */
export function reportApproval(request: ApprovalState): ApprovalReport {
  return {
    step: request.path,
    title: request.title,
    message: request.message,
    approvers: request.approvers,
    ...(request.fields === undefined ? {} : { fields: request.fields }),
    min: request.min,
    votes: [...request.votes],
    requestedAt: isoTime(request.requestedAtMs) as string,
    expiresAt: isoTime(request.expiresAtMs),
    status: request.status,
  };
}

function checkShape(decision: Decision): void {
  if (!["approve", "reject", "answer"].includes(decision?.decision)) {
    throw fail(
      "approval/bad-decision",
      'a decision is {"step": …, "decision": "approve" | "reject" | "answer", "by": …}',
    );
  }
  for (const name of ["step", "by", "comment"] as const) {
    if (decision[name] == null || typeof decision[name] === "string") continue;
    throw fail("approval/bad-decision", `${name} must be text, not ${shown(decision[name])}`);
  }
  if (decision.form != null && !isJsonObject(decision.form))
    throw fail("approval/bad-decision", `form must be an object, not ${shown(decision.form)}`);
  const { by, comment, form } = decision;
  if ((by?.length ?? 0) > MAX_NAME_CHARACTERS)
    throw fail("approval/too-large", `a name has at most ${MAX_NAME_CHARACTERS} characters`);
  if ((comment?.length ?? 0) > MAX_TEXT_CHARACTERS)
    throw fail("approval/too-large", `the comment has ${comment?.length} characters; at most ${MAX_TEXT_CHARACTERS}`);
  const bytes = form == null ? 0 : jsonBytes(form);
  if (bytes > MAX_MESSAGE_BYTES)
    throw fail("approval/too-large", `the form has ${bytes} bytes; at most ${MAX_MESSAGE_BYTES}`);
}

function shown(value: unknown): string {
  return cutText(JSON.stringify(value) ?? "nothing", 80);
}

/** A form wants an answer that fits it, a yes-or-no question does not; either can be rejected. */
function checkForm({ path, fields }: ApprovalState, { decision, form }: Decision): void {
  if (fields === undefined) {
    if (decision === "answer") throw fail("approval/bad-decision", `${path} asks for yes or no: approve or reject it`);
    return;
  }
  if (decision === "approve") throw fail("approval/bad-decision", `${path} is a form: answer it`);
  if (decision === "reject") return;
  const { problems } = checkValues(fields, form ?? {});
  if (problems.length > 0)
    throw fail("approval/bad-form", problems.map(({ message }) => message.replaceAll("input", "field")).join("; "));
}

function castEarlyVotes(run: RunState, path: string): void {
  const early = run.earlyVotes.filter((vote) => vote.step === path);
  for (const { step, vote, form } of early) {
    run.earlyVotes.splice(
      run.earlyVotes.findIndex((kept) => kept.vote === vote),
      1,
    );
    if (run.approvals.has(path)) receiveSignal(run, { step, by: vote.by, comment: vote.comment, form }, vote.decision);
  }
}

function findRequest(run: RunState, step: string | null | undefined): ApprovalState {
  const named = step == null ? undefined : run.approvals.get(step);
  if (named !== undefined) return named;
  const open = [...run.approvals.values()];
  const shownNames = open.slice(0, MOST_NAMES).map((request) => request.path);
  const names = [...shownNames, ...(open.length > MOST_NAMES ? [`${open.length - MOST_NAMES} more`] : [])].join(", ");
  if (step == null) {
    if (open.length === 1) return open[0] as ApprovalState;
    if (open.length === 0) throw fail("approval/not-waiting", "nothing waits for a decision in this run");
    throw fail("approval/which-step", `several steps wait: ${names}; name one`);
  }
  const waiting = open.length === 0 ? "nothing waits" : `waiting: ${names}`;
  throw fail("approval/not-waiting", `${cutText(step, 80)} does not wait for a decision (${waiting})`);
}

function voteOf(decision: Decision): Vote {
  return {
    by: voterOf(decision),
    decision: decision.decision,
    comment: decision.comment ?? null,
    at: isoTime(Date.now()) as string,
  };
}

function voterOf(decision: Decision): string {
  const by = decision.by?.trim() ?? "";
  return by === "" ? "anonymous" : by.replace(/^@/, "");
}
