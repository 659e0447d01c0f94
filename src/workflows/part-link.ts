import { CancellationScope, type ChildWorkflowHandle, type Workflow } from "@temporalio/workflow";
import type { EarlyVote } from "../plan/carried-state.ts";
import { isJsonObject } from "../plan/json.ts";
import { ANSWER, APPROVE, REJECT } from "../plan/messages.ts";
import type { Vote } from "../plan/report.ts";
import { drainIfDue } from "./drain.ts";
import { PART_NEWS, PART_ORDER, type PartNews, type PartOrder } from "./part-messages.ts";
import { note } from "./notices.ts";
import type { RunState, StepState } from "./run-state.ts";
import { beginWaiting, endWaiting } from "./track-status.ts";

/** A part of a loop that runs now, as its run sees it. */
export interface OpenPart {
  /** Its child run. */
  readonly run: string;
  /** Path of the loop, and the first and last index that the part has. */
  readonly loop: string;
  readonly first: number;
  readonly last: number;
  readonly state: StepState;
  news: PartNews;
  order(order: PartOrder): void;
  /** False where the part has ended before it could have it. */
  send(signal: string, payload: unknown): Promise<boolean>;
  /** Told of news. */
  heard(news: PartNews): void;
}

const SIGNAL_OF: Readonly<Record<Vote["decision"], string>> = { approve: APPROVE, reject: REJECT, answer: ANSWER };

/** How to reach the child run of a part, from before it has started. */
export function linkTo(child: Promise<ChildWorkflowHandle<Workflow>>): Pick<OpenPart, "order" | "send"> {
  const send = async (signal: string, payload: unknown): Promise<boolean> => {
    try {
      const handle = await child;
      await CancellationScope.nonCancellable(() => handle.signal(signal, payload));
      return true;
    } catch {
      return false;
    }
  };
  return { send, order: (order) => void send(PART_ORDER, order) };
}

/** Takes in how a part stands; late news of one that has ended changes nothing. */
export function hearPart(run: RunState, news: unknown): void {
  if (!isNews(news)) return note(run, `a signal ${PART_NEWS} did not count: it is no news of a part`);
  const part = run.parts.get(news.part);
  // It counts for whether the run drains.
  if (part !== undefined && news.children === true) part.news = { ...part.news, children: true };
  drainIfDue(run);
  if (part === undefined) return;
  if (news.waiting && !part.news.waiting) beginWaiting(run, part.state);
  if (!news.waiting && part.news.waiting) endWaiting(run, part.state);
  part.news = news;
  part.heard(news);
  run.uplink?.changed();
  offerSignals(run);
}

function isNews(sent: unknown): sent is PartNews {
  if (!isJsonObject(sent)) return false;
  const { part, waiting, signals } = sent;
  const counts = [sent["completed"], sent["failed"], sent["questions"]];
  return (
    typeof part === "string" &&
    typeof waiting === "boolean" &&
    counts.every((count) => Number.isSafeInteger(count)) &&
    Array.isArray(signals) &&
    signals.every((name) => typeof name === "string")
  );
}

/** Votes for questions inside open parts go there. */
export function offerVotes(run: RunState): void {
  for (const part of run.parts.values()) {
    for (const early of run.earlyVotes.filter(({ step }) => isIn(part, step))) {
      run.earlyVotes.splice(run.earlyVotes.indexOf(early), 1);
      handOver(run, sendVote(part, early), () => run.earlyVotes.push(early));
    }
  }
}

/** Signals that an open part waits for go there. */
export function offerSignals(run: RunState): void {
  for (const part of run.parts.values()) {
    for (const signal of run.signals.filter(({ name }) => part.news.signals.includes(name))) {
      const { signals } = part.news;
      const at = signals.indexOf(signal.name);
      if (at < 0) continue;
      part.news = { ...part.news, signals: signals.filter((_, index) => index !== at) };
      run.signals.splice(run.signals.indexOf(signal), 1);
      handOver(run, part.send(signal.name, signal.payload), () => run.signals.push(signal));
    }
  }
}

function handOver(run: RunState, sending: Promise<boolean>, takeBack: () => void): void {
  run.handingOver += 1;
  void sending.then((arrived) => {
    run.handingOver -= 1;
    if (!arrived) takeBack();
  });
}

function sendVote(part: OpenPart, { step, vote, form }: EarlyVote): Promise<boolean> {
  const { by, comment } = vote;
  return part.send(SIGNAL_OF[vote.decision], { step, by, comment, ...(form === undefined ? {} : { form }) });
}

function isIn({ loop, first, last }: OpenPart, step: string): boolean {
  if (!step.startsWith(`${loop}[`)) return false;
  const index = Number.parseInt(step.slice(loop.length + 1), 10);
  return index >= first && index <= last;
}
