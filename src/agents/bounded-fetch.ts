import { StepFailure } from "../plan/step-failure.ts";
import { patientFetch } from "../system/patient-fetch.ts";

/** Bytes of one answer as it comes over the wire: a hundred times what the longest answers of models have. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Bytes of one event of an answer; SDKs hold it whole, and copy it with every piece that arrives. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024;
const NEWLINE = 10;

/** For an SDK's own limit of time, which is ten minutes: as long as a timer can be. The step's time is the limit. */
export const NO_TIMEOUT_MS = 2 ** 31 - 1;

/** A `fetch` for an SDK that breaks off an answer without end. */
export interface BoundedFetch {
  readonly fetch: typeof fetch;
  /** Why it broke off; SDKs wrap what a stream throws. */
  failure(): StepFailure | undefined;
}

/** Lets an answer through up to a size; what is more is never held. Breaks off with `agent/answer-too-large`. */
export function createBoundedFetch(): BoundedFetch {
  let failure: StepFailure | undefined;
  return {
    failure: () => failure,
    async fetch(input, init) {
      const response = await patientFetch(input, init);
      if (response.body === null) return response;
      let [total, event] = [0, 0];
      const bounded = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            total += chunk.byteLength;
            const lineEnd = chunk.lastIndexOf(NEWLINE);
            event = lineEnd < 0 ? event + chunk.byteLength : chunk.byteLength - lineEnd - 1;
            if (total <= MAX_ANSWER_BYTES && event <= MAX_EVENT_BYTES) return controller.enqueue(chunk);
            failure ??= tooLarge(total > MAX_ANSWER_BYTES ? MAX_ANSWER_BYTES : MAX_EVENT_BYTES);
            controller.error(failure);
          },
        }),
      );
      const { status, statusText, headers } = response;
      const copy = new Response(bounded, { status, statusText, headers });
      Object.defineProperty(copy, "url", { value: response.url });
      return copy;
    },
  };
}

function tooLarge(bytes: number): StepFailure {
  return new StepFailure("agent/answer-too-large", `the model API sent more than ${bytes / 1024 / 1024} MB and no end`);
}
