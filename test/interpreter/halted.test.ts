// What would wait for people or timers where another step has failed before it could.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "./open-project.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({ "replies.yaml": "ask: [{ n: 1 }]\n" });
});
afterAll(() => project.close());

const script = (title: string, body: string, yaml = "effect: read") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const agents = "---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\n---\n";
const finish = script("Finally", "echo $s >> ends", 'with: { s: "${{ steps.bad.status }}" }\neffect: read');
/** Fails once FILE is there. */
const bad = (file: string) =>
  script(
    "Bad",
    `while [ ! -e ${file} ]; do sleep 0.02; done; exit 3`,
    "needs: []\nretry: { max-attempts: 1 }\neffect: read",
  );

test.each([
  [
    "the pause after a round",
    "repeat",
    script(
      "Poll",
      "while [ ! -e repeat-go ]; do sleep 0.02; done",
      'needs: []\nrepeat: { until: "false", max: 5, every: 1h }\neffect: read',
    ),
  ],
  [
    "a question instead of an answer that does not hold",
    "answer",
    `${agents}## Ask\nSay something.\n\`\`\`yaml step\nneeds: []\noutput: { n: integer }\nrepair-rounds: 0\non-invalid: ask\nverify: { run: "while [ ! -e answer-go ]; do sleep 0.02; done; exit 1" }\n\`\`\`\n`,
  ],
])("%s is given up, and the end begins at once", async (_, file, step) => {
  const run = await project.start(step + bad(file) + finish);
  await project.reportWhen(run, ({ steps }) => steps.slice(0, 2).every(({ status }) => status === "running"));
  project.write(file, "");
  await project.reportWhen(run, ({ steps }) => steps[1]?.status === "failed");
  project.write(`${file}-go`, "");
  const report = await project.reportWhen(run, ({ closedAt }) => closedAt !== null);
  expect(report).toMatchObject({ status: "failed", error: { code: "script/exit", step: "bad" } });
  expect(report.steps.map(({ status }) => status)).toEqual(["cancelled", "failed", "completed"]);
  expect(report.approvals.every((asked) => asked.status !== "pending")).toBe(true);
});
