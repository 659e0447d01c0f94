import { setTimeout as sleep } from "node:timers/promises";
import { WorkflowFailedError } from "@temporalio/client";
import type { Connected } from "../../src/client/connect-client.ts";
import { readReport } from "../../src/client/read-report.ts";
import { startRun } from "../../src/client/start-run.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { type Finding, judge } from "./judge.ts";
import type { Ledger } from "./ledger.ts";
import type { CrashProject } from "./open-project.ts";
import type { Random } from "./random.ts";
import type { Scene } from "./scene.ts";

/** A run under way. */
export interface OpenRun {
  readonly run: string;
  readonly scene: Scene;
}

/** Runs of all scenes, so many at a time. */
export interface Fleet {
  readonly open: ReadonlyMap<string, OpenRun>;
  readonly ended: readonly RunReport[];
  readonly findings: readonly Finding[];
  /** Starts that the server has accepted. */
  accepted(): number;
  /** Starts one more run now; resolves to false where the server did not accept it. */
  start(): Promise<boolean>;
  /** Votes for every run that waits for it. */
  voteNow(): Promise<void>;
  /** Starts no more, and waits for the rest. */
  finish(): Promise<void>;
}

/** Far more than a run takes, also where every death costs a heartbeat timeout. */
const PATIENCE_MS = 600_000;

/** Keeps `width` runs open until `finish`. */
export function openFleet(
  {
    connected,
    project,
    ledger,
  }: { readonly connected: Connected; readonly project: CrashProject; readonly ledger: Ledger },
  { scenes, width, random }: { readonly scenes: readonly Scene[]; readonly width: number; readonly random: Random },
): Fleet {
  const plans = new Map(scenes.map(({ name }) => [name, project.load(name)]));
  const open = new Map<string, OpenRun>();
  const ended: RunReport[] = [];
  const findings: Finding[] = [];
  const toVote = new Set<string>();
  const voted = new Set<string>();
  let accepted = 0;
  let count = 0;
  let finishing = false;

  let starting = 0;

  const isWanted = () => !finishing && open.size < width;
  const start = async (): Promise<boolean> => {
    const scene = scenes[count % scenes.length] as Scene;
    count += 1;
    const run = `r${count}-${scene.name}`;
    const { plan, files } = plans.get(scene.name) as ReturnType<CrashProject["load"]>;
    const { dir: projectDir, stateDir } = project;
    starting += 1;
    const isAccepted = await startRun(connected, { run, plan, files, inputs: { tag: run }, projectDir, stateDir }).then(
      () => true,
      () => false,
    );
    starting -= 1;
    if (!isAccepted) return false;
    accepted += 1;
    open.set(run, { run, scene });
    void follow({ run, scene });
    return true;
  };
  const follow = async ({ run, scene }: OpenRun) => {
    const report = await readEnd(connected, run);
    if (report === undefined) {
      const told = await describe(connected, run);
      findings.push({ fault: "lost", run, text: `had not ended after ${PATIENCE_MS / 1000} s: ${told}` });
    } else {
      ended.push(report);
      findings.push(...judge(scene, report, ledger.of(run)));
    }
    open.delete(run);
    while (isWanted() && !(await start())) await sleep(100);
  };
  const vote = async (run: string) => {
    if (!toVote.has(run) || voted.has(run)) return;
    voted.add(run);
    while (open.has(run)) {
      try {
        await connected.client.workflow.getHandle(run).signal("approve", { step: "gate", by: "ann" });
        return;
      } catch {
        await sleep(100);
      }
    }
  };
  const unwatch = ledger.watch(({ tag, step, what }) => {
    if (what !== "end" || open.get(tag)?.scene.voteAfter !== step || toVote.has(tag)) return;
    toVote.add(tag);
    setTimeout(() => void vote(tag), random.between(300, 1500));
  });
  for (let index = 0; index < width; index += 1) void start();

  return {
    open,
    ended,
    findings,
    accepted: () => accepted,
    start,
    voteNow: async () => void (await Promise.all([...toVote].map(vote))),
    async finish() {
      finishing = true;
      while (open.size + starting > 0) await sleep(50);
      unwatch();
    },
  };
}

/** The last report of a run, whatever is away meanwhile. */
async function readEnd(connected: Connected, run: string): Promise<RunReport | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  const handle = connected.client.workflow.getHandle(run);
  let isOver = false;
  while (Date.now() < deadline) {
    try {
      if (!isOver) await connected.client.withDeadline(deadline, () => handle.result());
      isOver = true;
    } catch (error) {
      if (error instanceof WorkflowFailedError) isOver = true;
      else await sleep(100);
    }
    if (!isOver) continue;
    const report = await readReport(connected, run).catch(() => undefined);
    if (report !== undefined && report.closedAt !== null) return report;
    await sleep(100);
  }
  return undefined;
}

async function describe(connected: Connected, run: string): Promise<string> {
  try {
    const { raw, status } = await connected.client.workflow.getHandle(run).describe();
    return JSON.stringify({ status: status.name, activities: raw.pendingActivities, task: raw.pendingWorkflowTask });
  } catch (error) {
    return String(error);
  }
}
