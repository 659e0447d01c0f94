import { createDecideCommand } from "../decide-command.ts";

/** `approve RUN [STEP]`. */
export const run = createDecideCommand("approve");
