import { defineQuery, defineSignal, setDefaultSignalHandler, setHandler } from "@temporalio/workflow";
import { ANSWER, APPROVE, CHILD_NEWS, REJECT, REPORT, STATE } from "../plan/messages.ts";
import type { RunReport } from "../plan/report.ts";
import { splitText, type StatePiece } from "../plan/state-pieces.ts";
import { receiveSignal } from "./approvals.ts";
import { buildReport } from "./build-report.ts";
import { carryState } from "./carry-state.ts";
import { receiveNews } from "./child-runs.ts";
import type { RunState } from "./run-state.ts";
import { receiveOther } from "./signals.ts";

const approve = defineSignal<[unknown]>(APPROVE);
const reject = defineSignal<[unknown]>(REJECT);
const answer = defineSignal<[unknown]>(ANSWER);
const childNews = defineSignal<[unknown]>(CHILD_NEWS);
const report = defineQuery<RunReport>(REPORT);
const state = defineQuery<StatePiece, [number?]>(STATE);

/** Answers queries and takes signals; the SDK keeps those that came before. Updates come in through the `door`. */
export function listen(run: RunState): void {
  setHandler(report, () => buildReport(run));
  setHandler(state, (piece = 0) => tellState(run, piece));
  const take = (receive: () => void) => {
    run.changes += 1;
    receive();
  };
  setHandler(approve, (vote) => take(() => receiveSignal(run, vote, "approve")));
  setHandler(reject, (vote) => take(() => receiveSignal(run, vote, "reject")));
  setHandler(answer, (vote) => take(() => receiveSignal(run, vote, "answer")));
  setHandler(childNews, (news) => take(() => receiveNews(run, news)));
  setDefaultSignalHandler((name, payload) => take(() => receiveOther(run, name, payload)));
}

function tellState(run: RunState, piece: number): StatePiece {
  const pieces = splitText(JSON.stringify(carryState(run)));
  return { text: pieces[piece] ?? "", count: pieces.length, version: run.changes };
}
