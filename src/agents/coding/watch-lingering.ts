/** How long a program may go on in silence after its answer. */
const LINGER_MS = 10_000;

/** Looks on while a program runs. */
export interface LingeringWatch {
  /** Up once the program has answered and is silent. */
  readonly signal: AbortSignal;
  /** To be called whenever it says something; `isDone`: that was, or came after, its answer. */
  heard(isDone: boolean): void;
  end(): void;
}

/** Some programs hang after their answer, which is paid for: it must not be lost to the step's timeout. */
export function watchLingering(): LingeringWatch {
  const enough = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: enough.signal,
    heard(isDone) {
      clearTimeout(timer);
      if (isDone) timer = setTimeout(() => enough.abort(), LINGER_MS);
    },
    end: () => clearTimeout(timer),
  };
}
