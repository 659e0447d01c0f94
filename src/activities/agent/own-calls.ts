import { createHash } from "node:crypto";
import type { OwnCalls } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import {
  noteProgramCall,
  type ProgramCall,
  readProgramCalls,
  readUsdOfCalls,
  setProgramCall,
} from "../../ledger/program-calls.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { Pins } from "../../plan/pins.ts";
import type { Effect, ToolSpec } from "../../plan/plan.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { killElsewhere } from "../../processes/orphans.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";
import type { ActivityContext } from "../activity-context.ts";
import { makeOwnCall } from "./make-own-call.ts";
import { OwnCallFailure, outcomeUnknown } from "./own-call-failure.ts";

/** A program that is gone on with is told of so many calls, and so much of their arguments. */
const MAX_TOLD = 50;
const MAX_TOLD_CHARACTERS = 300;

/** What the program may call. */
export interface Callable {
  readonly definitions: readonly ToolDefinition[];
  readonly pins: Pins;
}

/**
 * Tool calls that a program makes by itself, each under the same contract as a call of any other agent. Every call is noted
 * before it is made and when it has ended. Throws `StepFailure` `step/outcome-unknown` where an attempt was cut off in the middle
 * of a call that is to be made once.
 */
export function openOwnCalls(call: AgentCall, { definitions, pins }: Callable, context: ActivityContext): OwnCalls {
  const ledger = context.ledger();
  const before = readProgramCalls(ledger, context.callId);
  const cutOff = before.filter(({ state }) => state === "begun");
  for (const one of cutOff) killElsewhere(context.stateDir, keyOf(one, context));
  const lost = cutOff.find(({ effect }) => effect === "at-most-once");
  if (lost !== undefined) throw outcomeUnknown(lost.operation, "an attempt was cut off during the call");
  const known = [...before];
  const tellActs = () => context.noteSoFar({ hasActed: known.some(({ effect }) => effect === "at-most-once") });
  const tellCost = () => context.noteSoFar({ ownUsd: usdOf(known, context) });
  tellActs();
  tellCost();
  let made = before.length;

  const begin = (operation: string, effect: Effect, args: JsonObject): ProgramCall => {
    const written = JSON.stringify(args);
    const hash = createHash("sha256").update(`${operation} ${written}`).digest("hex").slice(0, 16);
    // A call that was cut off and is made again is the same call, and has the same key.
    const at = cutOff.findIndex((one) => one.hash === hash);
    const [again] = at === -1 ? [] : cutOff.splice(at, 1);
    const noted: ProgramCall = again ?? {
      call: context.callId,
      run: call.run,
      path: call.stepPath,
      number: known.length + 1,
      operation,
      hash,
      nth: known.filter((one) => one.hash === hash).length + 1,
      arguments: context.redact(written).slice(0, MAX_TOLD_CHARACTERS).toWellFormed(),
      effect,
      state: "begun",
    };
    if (again === undefined) known.push(noted);
    noteProgramCall(ledger, noted, Date.now());
    tellActs();
    return noted;
  };

  return {
    before: before
      .filter(({ state, effect }) => state === "answered" && effect !== "read")
      .slice(-MAX_TOLD)
      .map(({ operation, arguments: args }) => `- ${operation} ${args}`),
    async make(name, args) {
      const offered = definitions.find(({ tool, operation }) => wireName(tool, operation) === name);
      if (offered === undefined) return { content: `there is no tool ${name} for this step`, isError: true };
      if (call.maxCalls !== undefined && (made += 1) > call.maxCalls)
        throw new OwnCallFailure("agent/too-many-calls", `${call.agentName} made more tool calls than the step allows`);
      const { tool: toolName, operation } = offered;
      const tool = call.tools[toolName] as ToolSpec;
      const effect = tool.operations[operation]?.effect ?? "at-most-once";
      const noted = begin(`${toolName}.${operation}`, effect, args);
      const key = keyOf(noted, context);
      let waits = false;
      const onWait = (now: boolean) => {
        waits = now;
        setProgramCall(ledger, noted, now ? "waiting" : "begun");
      };
      try {
        const own = { toolName, tool, operation, args, effect, pins, key, onWait };
        const outcome = await makeOwnCall(call, own, context);
        setProgramCall(ledger, noted, outcome.isError ? "failed" : "answered");
        return outcome;
      } catch (error) {
        const isOpen = error instanceof StepFailure ? error.outcomeUnknown : false;
        const isCutOff = context.signal.aborted && !waits;
        // It stays as it is noted where nobody knows what came of it: the next attempt goes by that.
        if (!isOpen && !isCutOff) setProgramCall(ledger, noted, "failed");
        if (isCutOff && effect === "at-most-once") throw outcomeUnknown(noted.operation, "it was cut off");
        throw error;
      } finally {
        tellCost();
      }
    },
  };
}

/** How often each operation was called by the program of this model call, over all attempts. */
export function countOwnCalls({ ledger, callId }: ActivityContext): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation } of readProgramCalls(ledger(), callId)) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

/** What the tools took that the program of this model call has called, over all attempts, US dollars. */
export function usdOfOwnCalls(context: ActivityContext): number {
  return usdOf(readProgramCalls(context.ledger(), context.callId), context);
}

function usdOf(calls: readonly ProgramCall[], context: ActivityContext): number {
  return readUsdOfCalls(
    context.ledger(),
    calls.map((one) => keyOf(one, context)),
  );
}

/** The same over attempts, and where a step is done anew, for the same call: a server that knows it does nothing twice. */
function keyOf({ hash, nth }: ProgramCall, { key }: ActivityContext): string {
  return `${key}/${hash}-${nth}`;
}
