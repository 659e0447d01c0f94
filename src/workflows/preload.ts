// Evaluated once a worker thread, before any run: the interpreter's modules hold nothing but what follows from a plan alone,
// so all runs share them, and a run that begins does not pay for them again.
import "./interpreter.ts";

/**
 * The SDK notes where every promise is made, for its stack trace query. A few frames tell it; the default of ten costs half
 * as much again as a short run itself.
 */
Object.assign(Error, { stackTraceLimit: 3 });
