import type { RunReport } from "../../src/plan/report.ts";
import type { Entry } from "./ledger.ts";
import type { Scene } from "./scene.ts";

/** What can be wrong with a run. */
export type Fault = "lost" | "duplicated" | "out of order" | "zombie" | "at-most-once twice" | "untruthful";

/** Something that should not have been, in words. */
export interface Finding {
  readonly fault: Fault;
  readonly run: string;
  readonly text: string;
}

/** Clocks of server and ledger are one, but a call on its way may be written down a little late. */
const SLACK_MS = 300;

/** Holds a run that has ended against its scene and the ledger. */
export function judge(scene: Scene, report: RunReport, entries: readonly Entry[]): readonly Finding[] {
  const found: Finding[] = [];
  const say = (fault: Fault, text: string) => found.push({ fault, run: report.run, text });
  const of = (step: string) => entries.filter((entry) => entry.step === step);

  if (!scene.ends.includes(report.status)) {
    say("lost", `ended ${report.status}: ${JSON.stringify(report.error)}`);
  }
  const isWhole = report.status === "completed" || report.status === "compensated";
  for (const step of new Set(entries.map((entry) => entry.step))) {
    const keys = new Set(of(step).map(({ key }) => key));
    if (keys.size > 1) say("untruthful", `${step} had several keys: ${[...keys].join(", ")}`);
    const applied = of(step).filter((entry) => entry.applied).length;
    if (applied > 1) say("duplicated", `${step} was applied ${applied} times`);
    if (!scene.effects.includes(step)) say("untruthful", `${step} ran, which the scene does not have`);
    const ghost = findZombie(of(step));
    if (ghost !== undefined) say("zombie", `${step}: ${ghost.by} did ${ghost.what} after another attempt had begun`);
  }
  for (const step of isWhole ? scene.effects : []) {
    if (!of(step).some((entry) => entry.applied))
      say("lost", `${step} was never applied, yet the run ${report.status}`);
  }
  for (const [before, after] of scene.order) {
    const last = of(before).at(-1);
    const first = of(after).at(0);
    if (last && first && last.seq > first.seq) say("out of order", `${before} ${last.what} after ${after} had begun`);
  }
  for (const step of scene.once ?? []) {
    const begun = of(step).filter(({ what }) => what === "begin");
    const isDone = of(step).some(({ what }) => what === "end");
    if (begun.length > 1) say("at-most-once twice", `${step} began ${begun.length} times`);
    if (begun.length === 1 && !isDone && report.status !== "outcome-unknown")
      say("untruthful", `${step} was interrupted, but the run ended ${report.status}`);
  }
  const end = Date.parse(report.closedAt ?? "") + SLACK_MS;
  const late = entries.find(({ atMs }) => atMs > end);
  if (late !== undefined) say("zombie", `${late.step} did ${late.what} ${late.atMs - end} ms after the run's end`);
  for (const { path, attempts } of report.steps) {
    if (attempts > scene.attempts) say("untruthful", `${path} shows ${attempts} attempts`);
  }
  return found;
}

/** A call of an attempt after a later attempt of the same step has begun. */
function findZombie(entries: readonly Entry[]): Entry | undefined {
  const begun = entries.filter(({ what }) => what === "begin").map(({ by }) => by);
  const order = new Map(begun.map((by, index) => [by, index]));
  let newest = -1;
  for (const entry of entries) {
    const index = order.get(entry.by) ?? -1;
    if (index < newest) return entry;
    newest = Math.max(newest, index);
  }
  return undefined;
}
