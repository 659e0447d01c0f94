import { createControlCommand } from "../control-command.ts";

/** `skip RUN STEP`. */
export const run = createControlCommand("skip", "is skipped");
