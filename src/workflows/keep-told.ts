import { CancellationScope } from "@temporalio/workflow";

/** Keeps another run up to date about one value. */
export interface Telling {
  /** To be called when the value may have changed. */
  update(): void;
  /** True where the other run knows the present value, and no signal is under way. */
  isTold(): boolean;
  /** Resolves once the other run has been told, or cannot be told any more. */
  whenTold(): Promise<void>;
}

/**
 * One signal under way at a time, because the server does not keep the order of two; the newest value wins, and none is
 * told twice. `told`: what the other run knows already. A run that has ended is not told.
 */
export function keepTold<T>(told: T, { present, send }: { present(): T; send(value: T): Promise<void> }): Telling {
  let known = told;
  let sending: Promise<void> | undefined;
  const update = (): void => {
    const value = present();
    if (sending !== undefined || value === known) return;
    known = value;
    sending = CancellationScope.nonCancellable(() => send(value))
      .catch(() => undefined)
      .then(() => {
        sending = undefined;
        update();
      });
  };
  const whenTold = async (): Promise<void> => {
    update();
    if (sending === undefined) return;
    await sending;
    await whenTold();
  };
  return { update, whenTold, isTold: () => sending === undefined && present() === known };
}
