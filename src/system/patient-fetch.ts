/** What makes the connections of `fetch`. */
interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

/** Where Node keeps its own. */
const SLOT = Symbol.for(
  `undici.globalDispatcher.${Number.parseInt(process.versions["undici"] ?? "", 10) >= 8 ? 2 : 1}`,
);
/** Node ends a connection that was silent for five minutes; a step has a time of its own. */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0 };

/** `fetch` that waits for an answer, and for each piece of it, as long as its signal does. */
export const patientFetch: typeof fetch = (input, init) => {
  const usual = usualDispatcher();
  // A Node that keeps it elsewhere has its limits.
  if (usual === undefined) return fetch(input, init);
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) => usual.dispatch({ ...options, ...NO_LIMITS }, handler),
  };
  return fetch(input, { ...init, dispatcher } as RequestInit);
};

function usualDispatcher(): Dispatcher | undefined {
  // It is there once one of its classes was looked at.
  if (typeof Response !== "function") return undefined;
  return (globalThis as { readonly [slot: symbol]: Dispatcher | undefined })[SLOT];
}
