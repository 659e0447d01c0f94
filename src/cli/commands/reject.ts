import { createDecideCommand } from "../decide-command.ts";

/** `reject RUN [STEP]`. */
export const run = createDecideCommand("reject");
