import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { findTool, openTools } from "../open-tools.ts";
import { type ReadOperation, readTools, type ReadTool } from "../../tools/read-tools.ts";

/** `tools show NAME`: its operations with their schemas. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const { project, place } = openTools();
  const [tool] = await readTools({ [name]: findTool(project, name) }, place);
  const found = tool as ReadTool;
  out.data({ tool: found });
  const ways = found.implementations ?? [found];
  out.text(
    [
      `${name}${found.description === undefined ? "" : `: ${found.description}`}`,
      ...ways.map(({ kind, state, reason }) => `  ${kind}: ${state}${reason === undefined ? "" : ` (${reason})`}`),
      ...(found.category === undefined ? [] : [`  category: ${found.category}`]),
      ...found.operations.map((operation) => `\n${describe(name, operation)}`),
    ].join("\n"),
  );
  return found.state === "unreachable" ? EXIT.runFailed : EXIT.ok;
};

function describe(name: string, operation: ReadOperation): string {
  const { description, parameters, effect, timeoutMs, usd, limits } = operation;
  const facts = [
    `effect: ${effect ?? "at-most-once"}`,
    ...(timeoutMs === undefined ? [] : [`timeout: ${timeoutMs / 1000} s`]),
    ...(usd === undefined ? [] : [`cost: ${usd} USD a call`]),
    ...(limits?.concurrency === undefined ? [] : [`at once: ${limits.concurrency}`]),
    ...(limits?.perMinute === undefined ? [] : [`a minute: ${limits.perMinute}`]),
  ];
  const schema = JSON.stringify(parameters, undefined, 2).replaceAll("\n", "\n  ");
  return [
    `${name}.${operation.operation}`,
    ...(description === "" ? [] : [`  ${description.replaceAll("\n", "\n  ")}`]),
    `  ${facts.join(" · ")}`,
    `  ${schema}`,
  ].join("\n");
}
