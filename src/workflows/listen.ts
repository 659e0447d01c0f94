import { defineQuery, defineSignal, setDefaultSignalHandler, setHandler } from "@temporalio/workflow";
import {
  ANSWER,
  APPROVE,
  BEGUN_AGAIN,
  CHILD_NEWS,
  REJECT,
  REPORT,
  type ReportAnswer,
  STATE,
} from "../plan/messages.ts";
import { type Piece, pieceOf } from "../plan/pieces.ts";
import { receiveSignal } from "./approvals.ts";
import { answerReport } from "./answer-report.ts";
import { carryState } from "./carry-state.ts";
import { receiveNews } from "./child-runs.ts";
import { hearPart } from "./part-link.ts";
import { PART_NEWS } from "./part-messages.ts";
import type { RunState } from "./run-state.ts";
import { beginLimitsAnew } from "./run-timeout.ts";
import { receiveOther } from "./signals.ts";
import { drainIfFull } from "./track-status.ts";

const approve = defineSignal<[unknown]>(APPROVE);
const reject = defineSignal<[unknown]>(REJECT);
const answer = defineSignal<[unknown]>(ANSWER);
const partNews = defineSignal<[unknown]>(PART_NEWS);
const begunAgain = defineSignal(BEGUN_AGAIN);
const childNews = defineSignal<[unknown]>(CHILD_NEWS);
const report = defineQuery<ReportAnswer, [number?]>(REPORT);
const state = defineQuery<Piece, [number?]>(STATE);

/** Answers queries and takes signals; the SDK keeps those that came before. Updates come in through the `door`. */
export function listen(run: RunState): void {
  setHandler(report, (piece) => answerReport(run, piece));
  setHandler(state, (piece = 0) => pieceOf(JSON.stringify(carryState(run)), piece, run.changes));
  const take = (receive: () => void) => {
    run.changes += 1;
    try {
      receive();
      drainIfFull(run);
    } catch (error) {
      run.crash(error);
    }
  };
  setHandler(approve, (vote) => take(() => receiveSignal(run, vote, "approve")));
  setHandler(reject, (vote) => take(() => receiveSignal(run, vote, "reject")));
  setHandler(answer, (vote) => take(() => receiveSignal(run, vote, "answer")));
  setHandler(begunAgain, () => take(() => beginLimitsAnew(run)));
  setHandler(partNews, (news) => take(() => hearPart(run, news)));
  setHandler(childNews, (news) => take(() => receiveNews(run, news)));
  setDefaultSignalHandler((name, payload) => take(() => receiveOther(run, name, payload)));
}
