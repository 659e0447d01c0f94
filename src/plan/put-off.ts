/** What a local activity ends with that cannot begin yet; the workflow waits and calls it again. `details[0]` of `step/postponed`. */
export interface PutOff {
  readonly afterMs: number;
  readonly failures: number;
}
