import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import { PLACE_GRANTED, PLACE_HOLDER, PLACE_RELEASED, PLACE_WANTED, type PlaceRequest } from "../plan/messages.ts";

/** A run that was ended by force cannot give its place back: while others wait it is asked for a sign of life. */
const CHECK_MS = 30_000;
/** Nobody came for so long: the next one starts a new keeper. */
const IDLE_MS = 60_000;

/**
 * Keeps the order of one concurrency group: one run works, the others wait in the order in which they came. Goes on in a new
 * history with the line and who has the place. Histories from before the place was carried over are replayed as they were.
 */
export async function keepConcurrencyGroup(line: readonly PlaceRequest[] = [], carried?: PlaceRequest): Promise<void> {
  const waiting = [...line];
  let holder = carried;
  setHandler(defineSignal<[PlaceRequest]>(PLACE_WANTED), async (request) => {
    if ([...waiting, holder].some((one) => one?.runId === request.runId)) return;
    const older = request.cancelInProgress ? [...waiting.splice(0), ...(holder === undefined ? [] : [holder])] : [];
    waiting.push(request);
    await Promise.all(older.map(cancel));
  });
  setHandler(defineSignal<[string]>(PLACE_RELEASED), (runId) => {
    const at = waiting.findIndex((one) => one.runId === runId);
    if (at >= 0) waiting.splice(at, 1);
    if (holder?.runId === runId) holder = undefined;
  });
  setHandler(defineQuery<PlaceRequest | null>(PLACE_HOLDER), () => holder ?? null);
  // What is sent while a history ends is lost.
  const isFull = () => workflowInfo().continueAsNewSuggested && allHandlersFinished();
  for (;;) {
    const isCarried = patched("place-carried-over");
    if (isFull() && (isCarried || holder === undefined))
      return continueAsNew<typeof keepConcurrencyGroup>(waiting, holder);
    if (holder === undefined) {
      const isWanted = await condition(() => waiting.length > 0, IDLE_MS);
      if (!isWanted && waiting.length === 0) return;
      const next = waiting.shift();
      // It may end before it is known that it was told.
      if (isCarried) holder = next;
      const isTold = next !== undefined && (await grant(next));
      if (isTold && !isCarried) holder = next;
      if (!isTold && holder === next) holder = undefined;
    } else if (isCarried && waiting.length === 0) {
      await condition(() => holder === undefined || waiting.length > 0 || isFull());
    } else {
      const current = holder;
      const isFree = await condition(() => holder === undefined, CHECK_MS);
      if (!isFree && holder === current && waiting.length > 0 && !(await grant(current))) holder = undefined;
    }
  }
}

/** Tells a run that it has the place; a second time does no harm. False where it has ended. */
function grant({ run }: PlaceRequest): Promise<boolean> {
  return getExternalWorkflowHandle(run)
    .signal(PLACE_GRANTED)
    .then(
      () => true,
      () => false,
    );
}

function cancel({ run }: PlaceRequest): Promise<void> {
  return getExternalWorkflowHandle(run)
    .cancel()
    .catch(() => undefined);
}
