// Every end state, in every place where somebody may look for it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { readReport } from "../../src/client/read-report.ts";
import { isEndState, RUN_STATUSES } from "../../src/plan/run-states.ts";
import type { RunReport } from "../../src/plan/report.ts";
import { STATUS_ATTRIBUTE } from "../../src/plan/search-attributes.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const ROLLBACK = "---\non-failure: rollback\n---\n";
const script = (title: string, body: string, yaml: string) =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const good = script("Good", "true", "undo: { run: 'true' }");
const bad = script("Bad", "exit 3", "undo: none");

/** `cancel`: from outside, while the last step runs. */
interface End {
  readonly status: RunReport["status"];
  readonly markdown: string;
  readonly cancel?: boolean;
}

const ENDS: readonly End[] = [
  { status: "completed", markdown: good },
  { status: "failed", markdown: good + bad },
  { status: "cancelled", markdown: script("Long", "sleep 60", "effect: read"), cancel: true },
  { status: "compensated", markdown: ROLLBACK + good + bad },
  {
    status: "compensated",
    markdown: ROLLBACK + good + script("Long", "sleep 60", "undo: { run: 'true' }"),
    cancel: true,
  },
  {
    status: "compensation-incomplete",
    markdown:
      ROLLBACK +
      good +
      script("Stuck", "true", "undo: { run: 'echo cannot >&2; exit 9', retry: { max-attempts: 1 } }") +
      bad,
  },
  { status: "outcome-unknown", markdown: good + script("Pay", "sleep 60", "timeout: 100ms") },
];

test("the table has every end state", () => {
  const ends = new Set(ENDS.map(({ status }) => status));
  expect([...ends].sort()).toEqual(RUN_STATUSES.filter(isEndState).toSorted());
});

test.each(ENDS)("$status is said everywhere (%#)", { timeout: 180_000 }, async ({ status, markdown, cancel }) => {
  const { connected, dir } = project;
  const run = await project.start(markdown);
  if (cancel === true) {
    await project.reportWhen(run, ({ steps }) => steps.at(-1)?.status === "running");
    await cancelRun(connected, run);
  }
  const watched = await runCommand(dir, "watch", run, "--json");
  const [shown, told, listed] = await Promise.all([
    runCommand(dir, "show", run, "--json"),
    runCommand(dir, "show", run),
    runCommand(dir, "list", "--status", status, "--json"),
  ]);
  const handle = connected.client.workflow.getHandle(run);
  const report = await readReport(connected, run);
  const { searchAttributes } = await handle.describe();
  const metadata = await handle.query<{ readonly currentDetails?: string }>("__temporal_workflow_metadata");
  const details = metadata.currentDetails ?? "";
  const statuses = {
    report: report.status,
    watch: (JSON.parse(watched.stdout) as RunReport).status,
    show: (JSON.parse(shown.stdout) as RunReport).status ?? shown.stdout,
    text: /^# .*: (.*)$/m.exec(told.stdout)?.[1] ?? told.stderr,
    list: listed.stdout.includes(`"${run}"`) ? status : "",
    attribute: searchAttributes[STATUS_ATTRIBUTE]?.[0],
    details: /^\*\*(.*)\*\*$/m.exec(details)?.[1],
  };
  expect(statuses).toEqual(Object.fromEntries(Object.keys(statuses).map((place) => [place, status])));
  expect(watched.code).toBe(status === "completed" ? 0 : 1);
  expect((JSON.parse(shown.stdout) as RunReport).unfinished).toEqual(report.unfinished);
  const isOpen = status === "compensation-incomplete" || status === "outcome-unknown";
  expect(report.unfinished).toHaveLength(isOpen ? 1 : 0);
  for (const { step, todo } of report.unfinished) {
    for (const place of [told.stdout, details]) {
      expect(place).toContain("Left to do by hand");
      expect(place).toContain(step);
      expect(place).toContain(todo);
    }
  }
});
