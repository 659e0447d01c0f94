import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import { PLACE_GRANTED, PLACE_HOLDER, PLACE_RELEASED, PLACE_WANTED, type PlaceRequest } from "../plan/messages.ts";

/** A run that was ended by force cannot give its place back: while others wait it is asked for a sign of life. */
const CHECK_MS = 30_000;
/** Nobody came for so long: the next one starts a new keeper. */
const IDLE_MS = 60_000;

/** Keeps the order of one concurrency group: one run works, the others wait in the order in which they came. */
export async function keepConcurrencyGroup(line: readonly PlaceRequest[] = []): Promise<void> {
  const waiting = [...line];
  let holder: PlaceRequest | undefined;
  setHandler(defineSignal<[PlaceRequest]>(PLACE_WANTED), (request) => {
    if ([...waiting, holder].some((one) => one?.runId === request.runId)) return;
    if (request.cancelInProgress) {
      for (const older of [...waiting.splice(0), ...(holder === undefined ? [] : [holder])]) void cancel(older);
    }
    waiting.push(request);
  });
  setHandler(defineSignal<[string]>(PLACE_RELEASED), (runId) => {
    const at = waiting.findIndex((one) => one.runId === runId);
    if (at >= 0) waiting.splice(at, 1);
    if (holder?.runId === runId) holder = undefined;
  });
  setHandler(defineQuery<PlaceRequest | null>(PLACE_HOLDER), () => holder ?? null);
  for (;;) {
    if (holder === undefined) {
      const isWanted = await condition(() => waiting.length > 0, IDLE_MS);
      if (!isWanted && waiting.length === 0) return;
      const next = waiting.shift();
      if (next !== undefined && (await grant(next))) holder = next;
    } else {
      const current = holder;
      const isFree = await condition(() => holder === undefined, CHECK_MS);
      if (!isFree && holder === current && waiting.length > 0 && !(await grant(current))) holder = undefined;
    }
    if (holder === undefined && workflowInfo().continueAsNewSuggested && allHandlersFinished())
      return continueAsNew<typeof keepConcurrencyGroup>(waiting);
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
