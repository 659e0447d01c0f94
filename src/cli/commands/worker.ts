import type { CommandRunner } from "../command.ts";
import { stay } from "../stay.ts";

/** `worker`: works for a server until stopped. */
export const run: CommandRunner = (call) =>
  stay(call, ({ connected }) => {
    call.out.data({ address: connected.target.address, namespace: connected.target.namespace });
    call.out.note(`Working for ${connected.target.address}, namespace ${connected.target.namespace}. Ctrl-C stops.`);
  });
