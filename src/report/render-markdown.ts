// Pure renderings of a run report. Imports plan only. `render-markdown.ts` is what `run` and `show` print,
// `render-log.ts` what `log` prints. Start here.
import { isArtifactRef, type Stored } from "../plan/artifact.ts";
import { formatUsd } from "../plan/format-usd.ts";
import { isJsonObject } from "../plan/json.ts";
import type { RunReport, StepReport, SubAgentReport } from "../plan/report.ts";
import { renderHandings } from "./render-handings.ts";
import { renderOwnCalls } from "./render-own-calls.ts";

const MAX_VALUE_CHARACTERS = 400;

/** The report of a run as Markdown; the same report gives the same text. `link` is its page in the Web UI. */
export function renderMarkdown(report: RunReport, link?: string): string {
  const lines = [
    `# ${report.workflow}: ${report.status}`,
    "",
    `- run: \`${report.run}\``,
    `- file: ${report.file}`,
    `- started: ${report.startedAt}`,
    `- ended: ${report.closedAt ?? "not yet"}`,
  ];
  if (link !== undefined) lines.push(`- web: ${link}`);
  if (report.usage.inputTokens + report.usage.outputTokens > 0) {
    lines.push(`- tokens: ${report.usage.inputTokens} in, ${report.usage.outputTokens} out`);
  }
  const { usd } = report.usage;
  if (usd !== 0) lines.push(`- cost: ${usd === null ? "unknown" : formatUsd(usd)}`);
  if (report.error !== null) lines.push("", `**${report.error.code}**${placeOf(report)}: ${report.error.message}`);
  lines.push("", "| step | status | time | attempts | result |", "|---|---|---|---|---|");
  for (const step of report.steps) lines.push(row(step));
  for (const approval of report.approvals) {
    const votes = approval.votes.map(
      ({ by, decision, comment }) => `${by}: ${decision}${comment === null ? "" : ` (${comment})`}`,
    );
    lines.push(
      "",
      `**${approval.title}** is ${approval.status}. ${cell(approval.message)}`,
      ...votes.map((vote) => `- ${vote}`),
    );
  }
  const handings = renderHandings(report.steps);
  if (handings.length > 0) lines.push("", ...handings);
  const undos = report.steps.flatMap(({ undo = [] }) => undo);
  if (undos.length > 0) {
    const names = undos.filter(({ status }) => status === "completed").map(({ step }) => step);
    lines.push("", `Taken back: ${names.join(", ") || "nothing"}`);
  }
  if (report.unfinished.length > 0) {
    lines.push("", "## Left to do by hand", "");
    for (const { run, step, code, why, todo } of report.unfinished) {
      const place = run === undefined ? `\`${step}\`` : `\`${step}\` of the run \`${run}\``;
      lines.push(`- ${place}: ${todo} (\`${code}\`: ${why})`);
    }
  }
  const asked = report.steps.flatMap(({ agents = [] }) => agents);
  if (asked.length > 0) lines.push("", ...asked.map(subAgent));
  const ownCalls = renderOwnCalls(report.steps);
  if (ownCalls.length > 0) lines.push("", ...ownCalls);
  const children = report.steps.filter(({ childRun }) => childRun !== undefined);
  if (children.length > 0)
    lines.push("", ...children.map(({ title, childRun }) => `- ${title} is the run \`${childRun}\``));
  if (report.notices.length > 0) lines.push("", ...report.notices.map((notice) => `- note: ${notice}`));
  if (report.outputs !== null && Object.keys(report.outputs).length > 0) {
    lines.push("", "## Outputs", "");
    for (const [name, value] of Object.entries(report.outputs)) lines.push(`- **${name}**: ${outputText(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Where in the file the step stands that has failed. */
function placeOf({ error, steps }: RunReport): string {
  const path = error?.step?.replaceAll(/\[\d+\]/g, "");
  const source = steps.find((step) => step.path === path)?.source;
  return source === undefined ? "" : ` at ${source.file}:${source.line}`;
}

/** A value in one line, cut where it is long. */
export function shortValue(value: Stored): string {
  if (value === null) return "";
  if (isArtifactRef(value)) return `${value.preview.replaceAll("\n", " ")}… (${value.bytes} bytes)`;
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replaceAll("\n", " ");
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text;
}

function subAgent({ path, agent, status, turns, error }: SubAgentReport): string {
  const why = error === null ? "" : `: \`${error.code}\` ${cell(error.message.slice(0, 120))}`;
  return `- \`${path}\` (${agent}) ${status} after ${turns} model calls${why}`;
}

function outputText(value: Stored): string {
  if (typeof value === "string" && value.includes("\n")) return `\n\n${value}\n`;
  return shortValue(value);
}

function row(step: StepReport): string {
  const items = step.items === undefined ? "" : ` (${step.items.completed}/${step.items.total})`;
  const result =
    step.error === null
      ? shortValue(resultOf(step)).slice(0, 80)
      : `\`${step.error.code}\` ${step.error.message.slice(0, 120)}`;
  const depth = "› ".repeat(step.path.split(".").length - 1);
  return `| ${depth}${cell(step.title)}${items} | ${step.status} | ${durationOf(step)} | ${step.attempts || ""} | ${cell(result)} |`;
}

/** The votes stand below the table. */
function resultOf({ kind, output }: StepReport): Stored {
  return kind === "approval" && isJsonObject(output) ? (output["decision"] ?? null) : output;
}

/** How long a step took, in words. */
export function durationOf({ startedAt, closedAt }: Pick<StepReport, "startedAt" | "closedAt">): string {
  if (startedAt === null || closedAt === null) return "";
  const ms = Date.parse(closedAt) - Date.parse(startedAt);
  if (ms < 1000) return `${ms} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
