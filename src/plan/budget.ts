import type { PriceList } from "./price.ts";

/** Over what time a limit counts: one run, or a day, week or month of UTC; a week begins on Monday. */
export type Period = "run" | "day" | "week" | "month";

/** What happens to a call that a limit does not leave room for. */
export type OnLimit = "alert" | "switch" | "ask" | "queue" | "stop";

/** How much may be spent, and what happens then. */
export interface Budget {
  readonly usd?: number;
  /** Input, cache and output together. */
  readonly tokens?: number;
  /** `queue` waits for the next period, so it is for limits alone. @default "stop" */
  readonly onLimit: OnLimit;
  /** `switch`: the agent that goes on instead. */
  readonly switchTo?: string;
  /** Shares of it, such as 0.8, at which somebody is told. */
  readonly alertAt: readonly number[];
}

/** A budget of all calls that its scope names. */
export interface Limit extends Budget {
  readonly name: string;
  readonly period: Period;
  readonly workflow?: string;
  readonly agent?: string;
  /** A part of the model's name. */
  readonly model?: string;
}

/** A budget of the calls that are charged to one account: those of a run and its child runs, or of one step of it. */
export interface AccountBudget extends Budget {
  /** Says whose it is: `the budget of …`. */
  readonly name: string;
  readonly account: string;
  /** No call begins that might cost more than is left. Of a run, the last call may pass its budget. */
  readonly isStep: boolean;
}

/** Who is told of alerts, beside the log and the run's report. */
export interface AlertTargets {
  /** Gets each alert as JSON, by POST. */
  readonly webhook?: string;
  /** The variable of the worker's environment that holds its address, where that is a secret. */
  readonly webhookEnv?: string;
  /** A shell command in the project's folder that gets each alert as JSON on its standard input. */
  readonly command?: string;
}

/** What a project says about money; a plan carries it, so that a run keeps to what held when it began. */
export interface CostSettings {
  readonly prices?: PriceList;
  readonly limits?: readonly Limit[];
  readonly alerts?: AlertTargets;
}

/** To whom a call is charged, and what keeps it in bounds. */
export interface Charge extends CostSettings {
  /** The outermost run: child runs spend for it. */
  readonly root: string;
  /** What the call counts to: the run, the runs above it, and steps with a budget in all of them. */
  readonly accounts: readonly string[];
  readonly budgets: readonly AccountBudget[];
  /** `labels` of the workflow. */
  readonly labels?: { readonly [name: string]: string };
  /** Nothing is taken back too late for want of money: counted, never refused. */
  readonly isUndo?: boolean;
  /** What people have said since the call was refused: more money for an account. */
  readonly raise?: Raise;
}

/** More of a budget, by the word of a person. */
export interface Raise {
  /** The same for the same answer. */
  readonly id: string;
  /** Names the budget: see `Refusal`. */
  readonly budget: string;
  readonly usd?: number;
  readonly tokens?: number;
}

/** Why a call was not made. */
export interface Refusal {
  /** Names the budget among all, for a raise. */
  readonly budget: string;
  /** For people. */
  readonly name: string;
  readonly onLimit: OnLimit;
  readonly switchTo?: string;
  readonly message: string;
  /** How much it allows at most, raises left out. */
  readonly usd?: number;
  readonly tokens?: number;
  /** When there is room again without anybody's doing. */
  readonly untilMs?: number;
  /** How long until then, by the clock of the worker that refused: the server's may say something else. */
  readonly waitMs?: number;
}

/** Calls that are counted together. */
export interface CallScope {
  readonly root?: string;
  readonly account?: string;
  readonly workflow?: string;
  readonly agent?: string;
  /** A part of the model's name. */
  readonly model?: string;
}

/** A budget or limit over one span of time, and the calls that it counts. */
export interface Cap extends Budget {
  /** Names it among all caps of a store. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly scope: CallScope;
  readonly startMs: number;
  /** When it begins anew; absent where it never does. */
  readonly endMs?: number;
  /** No call begins that might cost more than is left. */
  readonly isStep: boolean;
}

/** What one call costs, or may cost; `usd` is null where its price is unknown. */
export interface Amount {
  readonly usd: number | null;
  readonly tokens: number;
}

/** Shares at which somebody is told where a budget names none. */
export const ALERT_AT: readonly number[] = [0.5, 0.8, 0.95];
/** Every word of `on-limit`. */
export const ON_LIMIT: readonly OnLimit[] = ["alert", "switch", "ask", "queue", "stop"];
/** Every period of a limit. */
export const PERIODS: readonly Period[] = ["run", "day", "week", "month"];
