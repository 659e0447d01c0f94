// What an agent step says of the loop of its agent. `read-loop.ts` is all of it. Start here.
import type { AskInstead, Guards } from "../../plan/agent-loop.ts";
import type { AgentStep } from "../../plan/step.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { checkGrant } from "./check-grant.ts";
import { readCeilings } from "./read-ceilings.ts";
import type { StepDraft } from "../step-kinds/step-compiler.ts";
import { readSubAgents } from "./read-sub-agents.ts";

const IDENTICAL_CALLS = 5;
const NO_PROGRESS = 10;
const MOST_REPAIR_ROUNDS = 20;

/** Keys of a step that its agent's loop goes by. */
export const LOOP_KEYS = ["max-turns", "max-calls", "guards", "repair-rounds", "on-invalid", "agents"] as const;

/** What the loop of an agent step goes by; always written out. */
export function readLoop(
  draft: StepDraft,
): Pick<AgentStep, "maxTurns" | "maxCalls" | "guards" | "repairRounds" | "onInvalid" | "agents"> {
  const { reader } = draft;
  const onInvalid = readOnInvalid(draft);
  const agents = readSubAgents(draft);
  return {
    ...readCeilings(reader),
    guards: readGuards(draft),
    repairRounds: readRounds(reader),
    ...(onInvalid === undefined ? {} : { onInvalid }),
    ...(agents === undefined ? {} : { agents }),
  };
}

/** `guards: off`, or a map of numbers and `off`. */
function readGuards(draft: StepDraft): Guards {
  const { reader } = draft;
  const value = reader.raw("guards");
  if (value === "off" || value === false) return { identicalCalls: 0, noProgress: 0, polling: [] };
  const map = reader.map("guards");
  if (map === undefined) return { identicalCalls: IDENTICAL_CALLS, noProgress: NO_PROGRESS, polling: [] };
  checkKeys(map, { known: ["identical-calls", "no-progress", "polling"], unknownCode: "step/unknown-key" });
  const polling = map.names("polling") ?? [];
  for (const grant of polling) checkGrant(draft, grant, map.spanOf(["polling"]));
  return {
    identicalCalls: readGuard(map, "identical-calls") ?? IDENTICAL_CALLS,
    noProgress: readGuard(map, "no-progress") ?? NO_PROGRESS,
    polling,
  };
}

/** A whole number from 2 to 100, or `off`. */
function readGuard(map: Reader, key: string): number | undefined {
  const value = map.raw(key);
  if (value === undefined) return undefined;
  if (value === "off" || value === false) return 0;
  if (Number.isSafeInteger(value) && (value as number) >= 2 && (value as number) <= 100) return value as number;
  map.complain(key, {
    code: "step/bad-value",
    message: `${key} cannot be ${JSON.stringify(value)}`,
    expected: "a whole number from 2 to 100, or off",
  });
  return undefined;
}

function readRounds(reader: Reader): number {
  const value = reader.raw("repair-rounds");
  if (value === undefined) return 1;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST_REPAIR_ROUNDS)
    return value as number;
  reader.complain("repair-rounds", {
    code: "step/bad-value",
    message: `repair-rounds cannot be ${JSON.stringify(value)}`,
    expected: `a whole number from 0 to ${MOST_REPAIR_ROUNDS}`,
  });
  return 1;
}

/** `on-invalid: fail | ask`, or `{ask: {approvers, expires}}`. */
function readOnInvalid({ reader, output }: StepDraft): AskInstead | undefined {
  const value = reader.raw("on-invalid");
  if (value === undefined || value === "fail") return undefined;
  const map = typeof value === "object" && value !== null ? reader.map("on-invalid") : undefined;
  if (value !== "ask" && map === undefined) {
    const expected = "fail, ask, or { ask: { approvers: [anna], expires: 2d } }";
    reader.complain("on-invalid", { code: "step/bad-value", message: "on-invalid says who goes on", expected });
    return undefined;
  }
  if (output === undefined || !("fields" in output)) {
    reader.complain("on-invalid", {
      code: "step/bad-value",
      message: "a person can fill in fields only, and the output of this step has none",
      expected: "output: { answer: string }",
    });
    return undefined;
  }
  if (map !== undefined) checkKeys(map, { known: ["ask"], unknownCode: "step/unknown-key" });
  const ask = map?.map("ask");
  if (ask === undefined) return { approvers: [] };
  checkKeys(ask, { known: ["approvers", "expires"], unknownCode: "step/unknown-key" });
  const expiresMs = ask.durationMs("expires");
  return { approvers: ask.names("approvers") ?? [], ...(expiresMs === undefined ? {} : { expiresMs }) };
}
