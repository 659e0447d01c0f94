import { CancellationScope, sleep } from "@temporalio/workflow";
import { isJsonObject } from "../plan/json.ts";
import type { Decision, DecisionResult } from "../plan/messages.ts";
import type { ApprovalReport, Vote } from "../plan/report.ts";
import type { ApprovalStep } from "../plan/step.ts";
import { fail } from "./failure-info.ts";
import type { Invocation } from "./invocation.ts";
import { type ApprovalState, isoTime, type RunState } from "./run-state.ts";
import { beginWaiting, endWaiting } from "./track-status.ts";

/** Opens the question of an approval step and waits for its end. Rejects with `CancelledFailure` when cancelled. */
export async function askPeople(invocation: Invocation<ApprovalStep>, message: string): Promise<ApprovalState> {
  const { run, state, step, path, title } = invocation;
  const timer = new CancellationScope();
  const answered = new Promise<ApprovalState>((resolve, reject) => {
    const close = (status: ApprovalReport["status"]) => {
      request.status = status;
      run.closedApprovals.push(reportApproval(request));
      run.approvals.delete(path);
      timer.cancel();
    };
    const request: ApprovalState = {
      path,
      title,
      message,
      approvers: step.approvers,
      min: step.min,
      requestedAtMs: Date.now(),
      expiresAtMs: step.expiresMs === undefined ? null : Date.now() + step.expiresMs,
      votes: [],
      status: "pending",
      settle(status) {
        close(status);
        resolve(request);
      },
    };
    run.approvals.set(path, request);
    CancellationScope.current().cancelRequested.catch((error: unknown) => {
      if (request.status === "pending") close("cancelled");
      reject(error);
    });
    if (step.expiresMs !== undefined) {
      const expiry = step.expiresMs;
      timer
        .run(() => sleep(expiry, { summary: `${title} expires` }))
        .then(
          () => request.settle("expired"),
          () => undefined,
        );
    }
  });
  beginWaiting(run, state);
  castEarlyVotes(run, path);
  try {
    return await answered;
  } finally {
    endWaiting(run, state);
  }
}

/** Refuses a vote that cannot count. Throws `ApplicationFailure` with a code `approval/…`. */
export function checkDecision(run: RunState, decision: Decision): void {
  checkShape(decision);
  const request = findRequest(run, decision.step);
  const by = voterOf(decision);
  if (request.approvers.length > 0 && !request.approvers.some((name) => name === by || name === `@${by}`)) {
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
  if (decision.decision === "reject") request.settle("rejected");
  else if (approvals >= request.min) request.settle("approved");
  return { run: run.id, step: request.path, decision: decision.decision, settled: request.status !== "pending" };
}

/** A vote by plain signal: counted, or kept until its question is asked. Anybody may send anything under its name. */
export function receiveSignal(run: RunState, sent: unknown, verdict: Decision["decision"]): void {
  const vote = { ...(isJsonObject(sent) ? sent : {}), decision: verdict } as Decision;
  try {
    if (sent != null && !isJsonObject(sent))
      throw fail("approval/bad-decision", `${JSON.stringify(sent)} is no object`);
    checkShape(vote);
    const { step } = vote;
    if (step != null && !run.approvals.has(step)) run.earlyVotes.push({ step, vote: voteOf(vote) });
    else {
      checkDecision(run, vote);
      castVote(run, vote);
    }
  } catch (error) {
    run.notices.push(`a signal ${verdict} did not count: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The report of a question. */
export function reportApproval(request: ApprovalState): ApprovalReport {
  return {
    step: request.path,
    title: request.title,
    message: request.message,
    approvers: request.approvers,
    min: request.min,
    votes: [...request.votes],
    requestedAt: isoTime(request.requestedAtMs) as string,
    expiresAt: isoTime(request.expiresAtMs),
    status: request.status,
  };
}

function checkShape(decision: Decision): void {
  if (decision?.decision !== "approve" && decision?.decision !== "reject") {
    throw fail("approval/bad-decision", 'a decision is {"step": …, "decision": "approve" | "reject", "by": …}');
  }
  for (const name of ["step", "by", "comment"] as const) {
    if (decision[name] == null || typeof decision[name] === "string") continue;
    throw fail("approval/bad-decision", `${name} must be text, not ${JSON.stringify(decision[name])}`);
  }
}

function castEarlyVotes(run: RunState, path: string): void {
  const early = run.earlyVotes.filter((vote) => vote.step === path);
  for (const { step, vote } of early) {
    run.earlyVotes.splice(
      run.earlyVotes.findIndex((kept) => kept.vote === vote),
      1,
    );
    if (run.approvals.has(path)) receiveSignal(run, { step, by: vote.by, comment: vote.comment }, vote.decision);
  }
}

function findRequest(run: RunState, step: string | null | undefined): ApprovalState {
  const open = [...run.approvals.values()];
  const names = open.map((request) => request.path).join(", ");
  if (step == null) {
    if (open.length === 1) return open[0] as ApprovalState;
    if (open.length === 0) throw fail("approval/not-waiting", "nothing waits for a decision in this run");
    throw fail("approval/which-step", `several steps wait: ${names}; name one`);
  }
  const request = run.approvals.get(step);
  if (request !== undefined) return request;
  const waiting = open.length === 0 ? "nothing waits" : `waiting: ${names}`;
  throw fail("approval/not-waiting", `${step} does not wait for a decision (${waiting})`);
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
