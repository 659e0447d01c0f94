import { createHash } from "node:crypto";
import type { OwnCalls } from "../../agents/provider.ts";
import { wireName } from "../../agents/wire-name.ts";
import { noteProgramCall, type ProgramCall, readProgramCalls, setProgramCall } from "../../ledger/program-calls.ts";
import type { AgentCall } from "../../plan/activity.ts";
import type { JsonObject } from "../../plan/json.ts";
import type { Pins } from "../../plan/pins.ts";
import type { Effect, ToolSpec } from "../../plan/plan.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { killElsewhere } from "../../processes/orphans.ts";
import type { ToolDefinition } from "../../tools/tool-kind.ts";
import type { ActivityContext } from "../activity-context.ts";
import { makeOwnCall } from "./make-own-call.ts";

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
  if (lost !== undefined) throw outcomeUnknown(lost.operation);
  let count = before.length;
  let made = before.length;

  const begin = (operation: string, effect: Effect, args: JsonObject): ProgramCall => {
    const written = JSON.stringify(args);
    const hash = createHash("sha256").update(written).digest("hex");
    // A call that was cut off and is made again is the same call, and has the same key.
    const at = cutOff.findIndex((one) => one.operation === operation && one.hash === hash);
    const [again] = at === -1 ? [] : cutOff.splice(at, 1);
    const number = again?.number ?? (count += 1);
    const told = context.redact(written).slice(0, MAX_TOLD_CHARACTERS).toWellFormed();
    const noted = { call: context.callId, number, operation, hash, arguments: told, effect, state: "begun" } as const;
    noteProgramCall(ledger, noted, Date.now());
    return noted;
  };

  return {
    before: before
      .filter(({ state }) => state === "answered")
      .slice(-MAX_TOLD)
      .map(({ operation, arguments: args }) => `- ${operation} ${args}`),
    async make(name, args) {
      const offered = definitions.find(({ tool, operation }) => wireName(tool, operation) === name);
      if (offered === undefined) return { content: `there is no tool ${name} for this step`, isError: true };
      if (call.maxCalls !== undefined && (made += 1) > call.maxCalls)
        throw new StepFailure("agent/too-many-calls", `${call.agentName} made more than ${call.maxCalls} tool calls`);
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
        setProgramCall(ledger, noted, "answered");
        return outcome;
      } catch (error) {
        // What came of it is not known: it stays as it is, and the next attempt goes by it.
        const isOpen = error instanceof StepFailure ? error.outcomeUnknown : context.signal.aborted && !waits;
        if (!isOpen) setProgramCall(ledger, noted, "failed");
        throw error;
      }
    },
  };
}

/** The same over attempts: a server that knows it does nothing twice. */
function keyOf({ number }: ProgramCall, { key }: ActivityContext): string {
  return `${key}/call-${number}`;
}

function outcomeUnknown(operation: string): StepFailure {
  const message = `an attempt was cut off during the call of ${operation}; nobody knows whether it took effect`;
  return new StepFailure("step/outcome-unknown", message, { outcomeUnknown: true });
}
