import { styleText } from "node:util";
import type { RunReport, StepReport, StepStatus, UndoReport } from "../plan/report.ts";
import { durationOf } from "../report/render-markdown.ts";
import type { Color, Output } from "./output.ts";
import { harmless } from "./harmless.ts";
import { wrapText } from "./wrap-text.ts";

/** Shows how a run goes. */
export interface Progress {
  show(report: RunReport): void;
  /** One line on stderr, above what is drawn. */
  print(line: string): void;
  /** The end of what the agent of a step says, below it. */
  tail(path: string, text: string): void;
  /** Takes the drawing away while somebody is asked; what is printed meanwhile comes after. */
  aside(ask: () => Promise<void>): Promise<void>;
  end(): void;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const TAIL_LINES = 3;
const MARKS: Readonly<Record<StepStatus, string>> = {
  pending: "○",
  running: "▶",
  waiting: "⏸",
  completed: "✔",
  failed: "✘",
  skipped: "–",
  compensated: "↩",
  cancelled: "■",
  "outcome-unknown": "?",
};

/** On a terminal a live line a step under way; elsewhere a plain line when a step's state changes. All on stderr. */
export function createProgress(out: Output): Progress {
  const told = new Map<string, string>();
  const tails = new Map<string, string>();
  let last: RunReport | undefined;
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  let held: string[] | undefined;

  const erase = () => {
    // A key that is echoed moves the cursor along its line.
    if (drawn > 0) process.stderr.write(`\r\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    if (!out.terminal || last === undefined) return;
    erase();
    const open = last.steps.filter(({ status }) => status === "running" || status === "waiting");
    frame = (frame + 1) % FRAMES.length;
    const spinner = FRAMES[frame] as string;
    const undos = undosOf(last).filter(({ status }) => status === "running");
    const lines = fitScreen([
      ...open.flatMap((step) => [
        fitLine(`${step.status === "running" ? spinner : MARKS.waiting} ${describe(step)} ${elapsed(step)}`),
        ...(step.status === "running" ? tailOf(tails.get(step.path) ?? "") : []),
      ]),
      ...undos.map(({ step }) => fitLine(`${spinner} taking back ${step}`)),
    ]);
    for (const line of lines) process.stderr.write(`${line}\n`);
    drawn = lines.length;
  };
  const end = () => {
    clearInterval(timer);
    timer = undefined;
    erase();
  };
  return {
    show(report) {
      last = report;
      const undos = undosOf(report).filter(
        ({ step, status }) => status !== "pending" && told.get(undoKey(step)) !== status,
      );
      const news = report.steps.filter((step) => step.status !== "pending" && told.get(step.path) !== keyOf(step));
      erase();
      for (const step of news) {
        told.set(step.path, keyOf(step));
        const open = step.status === "running" || step.status === "waiting";
        if (open && out.terminal) continue;
        out.note(
          `${MARKS[step.status]} ${describe(step)} ${step.status}${step.closedAt === null ? "" : ` ${durationOf(step)}`}${step.error === null ? "" : ` ${step.error.code}: ${step.error.message}`}`.trimEnd(),
          colorOf(step.status),
        );
      }
      for (const undo of undos) {
        told.set(undoKey(undo.step), undo.status);
        if (undo.status === "running" && out.terminal) continue;
        out.note(describeUndo(undo), colorOf(undo.status));
      }
      draw();
      if (out.terminal) timer ??= setInterval(draw, FRAME_MS);
    },
    print(line) {
      if (held !== undefined) return void held.push(line);
      erase();
      out.note(line);
      draw();
    },
    tail: (path, text) => void tails.set(path, text),
    async aside(ask) {
      end();
      held = [];
      try {
        await ask();
      } finally {
        held.forEach((line) => out.note(line));
        held = undefined;
      }
    },
    end,
  };
}

function undosOf({ steps }: RunReport): readonly UndoReport[] {
  return steps.flatMap(({ undo = [] }) => undo);
}

function undoKey(step: string): string {
  return `undo of ${step}`;
}

function describeUndo({ step, status, error }: UndoReport): string {
  if (status === "running") return `${MARKS.running} taking back ${step}`;
  if (status === "completed") return `${MARKS.compensated} ${step} taken back`;
  return `${MARKS.failed} ${step} not taken back ${error === null ? "" : `${error.code}: ${error.message}`}`.trimEnd();
}

/** What is drawn is taken away by its count of lines: none may be broken by the terminal, or leave its top. */
function fitLine(line: string): string {
  return wrapText(harmless(line), columnsOf())[0] ?? "";
}

function fitScreen(lines: readonly string[]): readonly string[] {
  const most = Math.max(2, (process.stderr.rows || 24) - 2);
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

function columnsOf(): number {
  return Math.max(20, process.stderr.columns || 80) - 1;
}

/** The end of a text. */
function tailOf(text: string): readonly string[] {
  return wrapText(text, columnsOf() - 4)
    .slice(-TAIL_LINES)
    .map((line) => styleText("dim", `  │ ${line}`, { validateStream: false }));
}

function keyOf({ status, attempts }: StepReport): string {
  return status === "running" ? `${status} ${attempts > 1 ? attempts : ""}` : status;
}

function describe(step: StepReport): string {
  const items = step.items === undefined ? "" : ` ${step.items.completed + step.items.failed}/${step.items.total}`;
  const attempt = step.status === "running" && step.attempts > 1 ? ` (attempt ${step.attempts})` : "";
  return `${step.title}${items}${attempt}`;
}

function elapsed({ startedAt }: StepReport): string {
  return startedAt === null ? "" : `${Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000))} s`;
}

function colorOf(status: StepStatus): Color {
  return status === "completed" ? "green" : status === "failed" || status === "outcome-unknown" ? "red" : "dim";
}
