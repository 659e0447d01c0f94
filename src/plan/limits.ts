// What a Temporal server takes, a little less than its defaults allow: what is larger is refused here, with a code and a
// hint. The server itself fails the workflow task of such a call again and again, or ends the run.

/** Of one argument, result or message. The server's limit is 2 MiB. */
export const MAX_PAYLOAD_BYTES = 2_000_000;

/** Of all that one workflow task asks for together. The server's limit for a message is 4 MiB. */
export const MAX_TASK_BYTES = 3_000_000;

/** Steps under way at once in one run. The server's limit for pending activities is 2000; an agent may have several. */
export const MAX_STEPS_AT_ONCE = 1000;

/** A value that the interpreter makes itself and that is larger goes to the artifact store. */
export const MAX_HELD_BYTES = 64 * 1024;

/** Of one plan: more would keep its workflow busy for longer than the server lets it. */
export const MAX_STEPS = 5000;

/** Of a plan in the artifact store: it comes back as the result of one activity. */
export const MAX_PLAN_BYTES = 1_900_000;

/** Of what the Web UI shows beside an activity, a timer or a run. */
export const MAX_SUMMARY_BYTES = 400;
export const MAX_DETAILS_BYTES = 20_000;

/** Of a step's id; its path, with groups and indexes, then fits the 1000 that the server takes. */
export const MAX_ID_CHARACTERS = 100;
export const MAX_PATH_CHARACTERS = 1000;

/** Of the text of a question, a comment, a failure and a notice. */
export const MAX_TEXT_CHARACTERS = 10_000;
/** Of what one person or program sends to a run. */
export const MAX_MESSAGE_BYTES = 1_000_000;
/** Of the steps in the search attribute of a run that waits; the server takes 2 KB. */
export const MAX_WAITING_CHARACTERS = 1500;
/** Of notices that a run keeps. */
export const MAX_NOTICES = 100;
