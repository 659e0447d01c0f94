import { createControlCommand } from "../control-command.ts";

/** `pause RUN`. */
export const run = createControlCommand("pause", "is paused; what runs goes on to its end");
