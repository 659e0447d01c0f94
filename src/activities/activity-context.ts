import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Ledger } from "../ledger/open-ledger.ts";
import type { Stored } from "../plan/artifact.ts";
import type { SoFar } from "../plan/so-far.ts";
import type { JsonValue } from "../plan/json.ts";
import type { Template } from "../plan/template.ts";

/** What an activity may use of its worker. Built by `run-activity.ts`, faked by plain objects in tests. */
export interface ActivityContext {
  /** Aborted on cancel, on the attempt's timeout and on shutdown of the worker. */
  readonly signal: AbortSignal;
  /** Says that from here on something may be done to the world: an error of our own then leaves open whether it was. */
  begin(): void;
  /** Tells the server that the attempt lives; `progress` is kept for the next attempt (e.g. a session id). */
  heartbeat(progress?: JsonValue): void;
  /** Does work that is no part of the attempt's time, such as waiting for others; its time begins anew afterwards. */
  offTheClock<T>(work: () => Promise<T>): Promise<T>;
  /** Tells what is so of the call up to now, over all attempts: it counts where the call fails. */
  noteSoFar(known: SoFar): void;
  /** Notes what the call has cost, over all its attempts: it is told with its failure, too. */
  paid(usd: number): void;
  /** Tells whoever looks after the worker. */
  warn(message: string): void;
  /** What the last attempt told by `heartbeat`, if this is not the first. */
  readonly lastProgress: JsonValue | undefined;
  /** Idempotency key of the call: the same over attempts, deaths of workers and reruns. */
  readonly key: string;
  /** Names this call alone: the same over attempts and deaths of workers, another one whenever it is made anew. */
  readonly callId: string;
  /** From 1; counts failures of the step, not deaths of a worker. */
  readonly attempt: number;
  /** Loads artifacts, evaluates what was deferred, resolves secrets. */
  resolve(template: Template): Promise<JsonValue>;
  /** Inline when small, else put into the artifact store. Known secret values are masked first. @default 4 KB */
  keep(value: JsonValue, maxInlineBytes?: number): Promise<Stored>;
  /** The inverse of `keep`. */
  load(value: Stored): Promise<JsonValue>;
  /** The store itself, for what must not be changed on its way. */
  readonly store: ArtifactStore;
  /** What the workers of this store remember together; opened at its first use. */
  ledger(): Ledger;
  /** Bytes of a file that came with the run. Throws `StepFailure` `artifact/missing`. */
  readFile(sha256: string): Promise<Uint8Array>;
  /** Replaces known secret values (raw, base64, URL-encoded) by `***`. What is cut goes through it first: a part is not known. */
  redact(text: string): string;
  /** How many characters at the end of a text may be the beginning of a secret: they wait for what comes. */
  unfinished(text: string): number;
  /** Makes a value a known secret, and gives it back. */
  hide(value: string): string;
  /** The worker's environment: where API keys come from. */
  readonly env: { readonly [name: string]: string | undefined };
  /** The folder of the run's project, or the worker's own where that does not exist. */
  readonly projectDir: string;
  /** Machine state of the project (`.aiworkflow`), for pid files and unpacked files. */
  readonly stateDir: string;
}

/** One activity: what it is given and what it may use. Throws `StepFailure` for known failures. */
export type ActivityHandler<Call, Result> = (call: Call, context: ActivityContext) => Promise<Result>;
