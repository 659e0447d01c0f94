import { quantile } from "../statistics.ts";
import type { CampaignResult } from "./campaign.ts";
import type { Fault } from "./judge.ts";

/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly target: string;
  readonly isMet: boolean;
}

/** Both campaigns of a run. */
export interface Results {
  readonly supervised: CampaignResult;
  readonly bare: CampaignResult;
}

const SUPERVISED_MS = 2000;
/** Heartbeat timeout, sticky timeout, and two seconds. */
const BARE_MS = 10_000 + 2000 + 2000;
const CANCEL_MS = 1000;

/** The figures with their targets. */
export function toFigures({ supervised, bare }: Results): readonly Figure[] {
  const findings = [...supervised.findings, ...bare.findings];
  const none = (what: string, count: number): Figure => ({
    what,
    figure: String(count),
    target: "0",
    isMet: count === 0,
  });
  const faults = (fault: Fault) => findings.filter((finding) => finding.fault === fault).length;
  const within = (what: string, ms: readonly number[], limit: number): Figure => {
    const p99 = quantile(ms, 0.99);
    const figure = ms.length === 0 ? "none" : `p50 ${quantile(ms, 0.5)} ms, p99 ${p99} ms of ${ms.length}`;
    return { what, figure, target: `p99 ≤ ${limit} ms`, isMet: ms.length === 0 || p99 <= limit };
  };
  const recovered = (result: CampaignResult, kinds: readonly string[]) =>
    result.recoveries.filter(({ kind }) => kinds.includes(kind)).map(({ ms }) => ms);
  const notEnded = supervised.accepted + bare.accepted - supervised.ended - bare.ended;
  return [
    none("runs or effects lost", faults("lost")),
    none("accepted starts lost", notEnded),
    none("effects applied twice", faults("duplicated")),
    none("at-most-once steps called twice", faults("at-most-once twice")),
    none("out of order", faults("out of order")),
    none("zombies: acting beside or after their successor", faults("zombie")),
    none("untruthful reports", faults("untruthful")),
    none("orphan processes after 2 s", supervised.orphans.length + bare.orphans.length),
    none("supervisors that gave up", supervised.gaveUp),
    none("processes left at the end", supervised.leftOver.length + bare.leftOver.length),
    within("recovery, supervised", recovered(supervised, ["kill", "kill twice"]), SUPERVISED_MS),
    within("recovery, bare worker and standby", recovered(bare, ["kill"]), BARE_MS),
    within("recovery after a new supervisor starts (no target)", recovered(supervised, ["blackout"]), Infinity),
    within("cancel reaches the running step", supervised.cancelMs, CANCEL_MS),
  ];
}

/** The table as Markdown, with what was done above it and every finding below. */
export function renderFigures(figures: readonly Figure[], { supervised, bare }: Results, about: object): string {
  const done = (name: string, result: CampaignResult) =>
    `${name}: ${result.kills} workers killed, ${result.restarts} server restarts, ${result.accepted} runs accepted, ` +
    `${result.ended} ended (${result.unknown} outcome-unknown), ${result.calledAgain} effects called again; ` +
    `strikes ${JSON.stringify(result.strikes)}; ${result.seconds} s; load ${result.load.map((one) => one.toFixed(1)).join(", ")}`;
  const findings = [...supervised.findings, ...bare.findings].map(
    ({ fault, run, text }) => `- ${fault}: ${run}: ${text}`,
  );
  const processes = [...supervised.orphans, ...bare.orphans, ...supervised.leftOver, ...bare.leftOver].map(
    (one) => `- process: ${one}`,
  );
  return [
    done("Supervised", supervised),
    done("Bare", bare),
    "",
    "| what | figure | target | met |",
    "|---|---|---|---|",
    ...figures.map(
      ({ what, figure, target, isMet }) => `| ${what} | ${figure} | ${target} | ${isMet ? "yes" : "NO"} |`,
    ),
    "",
    ...findings,
    ...processes,
    JSON.stringify(about),
  ].join("\n");
}
