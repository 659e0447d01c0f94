// What blocks and loops know where the run goes on in a new history, also over a pause.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { openProject, type TestProject } from "./open-project.ts";

const EVENTS = 40;

let project: TestProject;
beforeAll(async () => {
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": EVENTS });
});
afterAll(() => project.close());

const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string, text = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const gate = (level = "##") => yaml("Gate", "approval: { message: Go? }", level);
/** Fills the history of a run that can do nothing, until it goes on in a new one. */
const fill = async (run: string) => {
  const before = await project.executions(run);
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < EVENTS; sent += 1) await handle.signal("news", sent);
  await expect.poll(() => project.executions(run), { timeout: 30_000 }).toBeGreaterThan(before);
};
const outputOf = ({ steps }: Awaited<ReturnType<typeof project.follow>>, wanted: string) =>
  steps.find(({ id }) => id === wanted)?.output;

describe("results of steps inside of a group that has ended", () => {
  test("are known to what comes after a new history", async () => {
    const run = await project.start(
      yaml("G", "group:") +
        script("A", "echo 7", "output: integer\neffect: read", "###") +
        yaml("H", "group:", "###") +
        script("B", "exit 3", "continue-on-error: true\nretry: { max-attempts: 1 }\neffect: read", "####") +
        yaml("C", 'if: "false"\nset: { x: 1 }', "####") +
        gate() +
        yaml(
          "End",
          'set: { a: "${{ steps.a.output }}", b: "${{ steps.b.error.code }}", c: "${{ steps.c.status }}", h: "${{ steps.h.output }}" }',
        ),
    );
    await project.follow(run, "waiting");
    await fill(run);
    await decide(project.connected, { run, decision: "approve", by: "ann" });
    const report = await project.follow(run);
    expect(report.error).toBeNull();
    expect(outputOf(report, "end")).toEqual({ a: 7, b: "script/exit", c: "skipped", h: { b: null, c: null } });
  });
});
