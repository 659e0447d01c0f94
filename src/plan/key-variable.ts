/** The variable that tells a script its step's idempotency key: the same over attempts, deaths of workers and reruns. */
export const KEY_VARIABLE = "AIWORKFLOW_KEY";
