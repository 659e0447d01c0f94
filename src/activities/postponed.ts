/** Thrown by a handler that has done nothing yet and cannot begin now: another attempt goes on later, and no failure is counted. */
export class Postponed extends Error {
  override readonly name = "Postponed";
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}
