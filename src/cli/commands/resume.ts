import { createControlCommand } from "../control-command.ts";

/** `resume RUN`. */
export const run = createControlCommand("resume", "goes on");
