import type { StepReport } from "../plan/report.ts";

const MOST = 20;
const MOST_CHARACTERS = 120;

/** One line for each of the last tool calls that programs have made by themselves. */
export function renderOwnCalls(steps: readonly StepReport[]): readonly string[] {
  const calls = steps.flatMap(({ ownCalls = [] }) => ownCalls);
  if (calls.length === 0) return [];
  const before = calls.length > MOST ? [`- ${calls.length - MOST} calls before these`] : [];
  const lines = calls.slice(-MOST).map(({ path, operation, arguments: args, state }) => {
    const short = args.length > MOST_CHARACTERS ? `${args.slice(0, MOST_CHARACTERS)}…` : args;
    return `- \`${path}\` called ${operation} ${short}: ${state}`;
  });
  return [...before, ...lines];
}
