// The reference: what a plan does, in memory and as simply as it can be said. It knows no Temporal. Everything that is
// under way stands in `pending`; whoever drives it ends one thing after the other, and the model says what is under way then.
import type { Plan } from "../../src/plan/plan.ts";
import type { Step } from "../../src/plan/step.ts";

/** Something under way. */
export interface Pending {
  readonly path: string;
  readonly kind: "work" | "undo" | "approval";
  settle(well: boolean): void;
}

/** How a step, or one item or round of it, ended. */
type End = "completed" | "failed" | "cancelled" | "skipped";

interface Level {
  readonly prefix: string;
  readonly parent: Level | undefined;
  readonly isTolerant: boolean;
  halted: boolean;
  failed: boolean;
  readonly ended: Map<string, End>;
}

interface Undo {
  readonly path: string;
  readonly id: string;
  readonly from: number;
  to: number;
}

/** One run of the model. */
export class Model {
  readonly pending = new Map<string, Pending & { cancel(): void }>();
  readonly statuses = new Map<string, string>();
  status = "running";
  #clock = 0;
  #cancelled = false;
  #isRollingBack = false;
  readonly #undos: Undo[] = [];
  readonly #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
    void this.#run();
  }

  /** Lets everything happen that follows from what was settled. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Changes nothing any more once the run rolls back. */
  cancel(): void {
    if (this.#isRollingBack) return;
    this.#cancelled = true;
    this.#root.halted = true;
    this.#cancelBelow("");
  }

  readonly #root: Level = {
    prefix: "",
    parent: undefined,
    isTolerant: false,
    halted: false,
    failed: false,
    ended: new Map(),
  };

  async #run(): Promise<void> {
    const { steps, onFailure } = this.#plan;
    await this.#level(this.#root, steps);
    const stopped = this.#cancelled || [...this.#root.ended.values()].includes("cancelled");
    const failed = this.#root.failed;
    let undone = { count: 0, failed: 0 };
    if ((failed || stopped) && onFailure === "rollback") undone = await this.#rollBack();
    if (undone.failed > 0) this.status = "compensation-incomplete";
    else if (undone.count > 0) this.status = "compensated";
    else this.status = failed ? "failed" : stopped ? "cancelled" : "completed";
  }

  /** Runs the steps of a level; ends when nothing of it is under way and nothing more may begin. */
  #level(level: Level, all: readonly Step[], onEnded: () => void = () => undefined): Promise<void> {
    const steps = all.filter(({ handles }) => handles === undefined);
    const begun = new Set<string>();
    let underWay = 0;
    return new Promise((resolve) => {
      const go = () => {
        for (const step of steps) {
          if (begun.has(step.id) || this.#isHalted(level) || !step.needs.every((id) => level.ended.has(id))) continue;
          begun.add(step.id);
          underWay += 1;
          void this.#step(level, step, level.prefix + step.id).then(() => {
            underWay -= 1;
            onEnded();
            go();
          });
        }
        if (underWay === 0) resolve();
      };
      go();
    });
  }

  async #step(level: Level, step: Step, path: string): Promise<void> {
    const end =
      step.forEach !== undefined ? await this.#forEach(level, step, path) : await this.#repeat(level, step, path);
    level.ended.set(step.id, end);
    this.statuses.set(path, end);
    if (end === "completed") return;
    if (end === "cancelled") {
      if (!this.#isHalted(level)) this.#halt(level);
      return;
    }
    const rule = step.onError?.[0];
    const handler = rule === undefined ? undefined : this.#find(this.#plan.steps, rule.step);
    if (handler !== undefined && !this.#isHalted(level)) return this.#step(level, handler, `${path}/${handler.id}`);
    if (step.continueOnError || level.isTolerant) return;
    level.failed = true;
    if (level !== this.#root || this.#plan.onFailure !== "continue") this.#halt(level);
  }

  async #forEach(level: Level, step: Step, path: string): Promise<End> {
    const { items, maxParallel, onItemError } = step.forEach as NonNullable<Step["forEach"]>;
    const count = items.length;
    let next = 0;
    let failed = 0;
    let stopped: End | undefined;
    const lane = async (): Promise<void> => {
      while (next < count && stopped === undefined && !this.#isHalted(level)) {
        const item = next;
        next += 1;
        const end = await this.#repeat(level, step, `${path}[${item}]`);
        if (end === "completed") continue;
        if (end === "failed" && onItemError === "finish") failed += 1;
        else {
          stopped ??= end;
          if (!this.#isHalted(level)) this.#cancelBelow(`${path}[`);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(maxParallel, count) }, lane));
    if (stopped !== undefined) return stopped;
    if (next < count) return "cancelled";
    return failed > 0 ? "failed" : "completed";
  }

  async #repeat(level: Level, step: Step, path: string): Promise<End> {
    if (step.repeat === undefined) return this.#once(level, step, path);
    for (let round = 0; round < step.repeat.max; round += 1) {
      if (this.#isHalted(level)) return "cancelled";
      const end = await this.#once(level, step, `${path}[${round}]`);
      if (end !== "completed") return end;
    }
    return "completed";
  }

  async #once(level: Level, step: Step, path: string): Promise<End> {
    if (step.kind === "group") return this.#group(level, step, path);
    if (step.kind === "approval") return this.#begin(path, "approval", 1);
    if (step.undo === undefined) return this.#begin(path, "work", step.retry.maxAttempts);
    this.#clock += 1;
    const undo: Undo = { path, id: step.id, from: this.#clock, to: Infinity };
    this.#undos.push(undo);
    const end = await this.#begin(path, "work", step.retry.maxAttempts);
    this.#clock += 1;
    undo.to = this.#clock;
    return end;
  }

  async #group(parent: Level, step: Extract<Step, { kind: "group" }>, path: string): Promise<End> {
    const { join, steps } = step;
    const level: Level = {
      prefix: `${path}.`,
      parent,
      isTolerant: join !== "all",
      halted: false,
      failed: false,
      ended: new Map(),
    };
    const ends = () => [...level.ended.values()];
    const isWon = () => join !== "all" && ends().filter((end) => end === "completed").length >= join;
    await this.#level(level, steps, () => {
      if (!isWon()) return;
      level.halted = true;
      this.#cancelBelow(level.prefix);
    });
    if (isWon()) return "completed";
    if (level.failed) return "failed";
    const expected = steps.filter(({ handles }) => handles === undefined).length;
    const reached = steps.filter(({ id, handles }) => handles === undefined && level.ended.has(id)).length;
    if (reached < expected || ends().includes("cancelled")) return "cancelled";
    return join === "all" ? "completed" : "failed";
  }

  #begin(path: string, kind: Pending["kind"], attempts: number): Promise<End> {
    return new Promise((resolve) => {
      let left = attempts;
      const close = (end: End) => {
        this.pending.delete(path);
        resolve(end);
      };
      this.pending.set(path, {
        path,
        kind,
        settle: (well) => {
          left -= 1;
          if (well) close("completed");
          else if (left === 0) close("failed");
        },
        cancel: () => close("cancelled"),
      });
    });
  }

  async #rollBack(): Promise<{ count: number; failed: number }> {
    this.#isRollingBack = true;
    const left = new Set(this.#undos);
    let failed = 0;
    await new Promise<void>((resolve) => {
      const go = () => {
        if (left.size === 0) return resolve();
        for (const undo of left) {
          const path = `${undo.path}/undo`;
          if (this.pending.has(path) || [...left].some((other) => undo.to < other.from)) continue;
          void this.#begin(path, "undo", 1).then((end) => {
            left.delete(undo);
            if (end === "failed") failed += 1;
            go();
          });
        }
      };
      go();
    });
    return { count: this.#undos.length, failed };
  }

  #halt(level: Level): void {
    level.halted = true;
    for (const one of this.pending.values())
      if (one.kind === "approval" && one.path.startsWith(level.prefix)) one.cancel();
  }

  #cancelBelow(prefix: string): void {
    for (const one of this.pending.values()) if (one.path.startsWith(prefix)) one.cancel();
  }

  #isHalted(level: Level): boolean {
    return level.halted || (level.parent !== undefined && this.#isHalted(level.parent));
  }

  #find(steps: readonly Step[], id: string): Step | undefined {
    for (const step of steps) {
      if (step.id === id) return step;
      const inner = step.kind === "group" ? this.#find(step.steps, id) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  }
}
