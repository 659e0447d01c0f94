import type { Reader } from "../reader.ts";

const MAX_TURNS = 50;
/** Most tool calls, where the file does not say. */
const CALLS_A_TURN = 10;

/** How long a loop may be. */
export interface Ceilings {
  readonly maxTurns: number;
  readonly maxCalls: number;
}

/** `max-turns` and `max-calls`, of a step or of an agent that another one asks. */
export function readCeilings(reader: Reader | undefined): Ceilings {
  const maxTurns = reader?.count("max-turns") ?? MAX_TURNS;
  return { maxTurns, maxCalls: reader?.count("max-calls") ?? maxTurns * CALLS_A_TURN };
}
