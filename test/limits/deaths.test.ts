// Workers that die or stop while a step runs: what the history says of it, and that it does not go on for ever.
import { afterAll, beforeAll, expect, test } from "vitest";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { historyText } from "../secrets/history-text.ts";

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

const script = (body: string, more: string) =>
  `## One\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${more}\n\`\`\`\n`;

test.each([
  ["SIGTERM", "worker/shutdown"],
  ["SIGKILL", "worker/died"],
] as const)(
  "a worker that gets %s gives its step back as %s, and no attempt of the step is counted",
  async (signal, code) => {
    const run = await project.start(
      script(`echo begun >> ${signal}; sleep 2; echo ended >> ${signal}`, "effect: idempotent"),
    );
    await expect.poll(() => project.read(signal), { timeout: 20_000 }).toBe("begun\n");
    process.kill(project.worker.pid, signal);
    const report = await project.follow(run);
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
    expect(project.read(signal)).toBe("begun\nbegun\nended\n");
    expect(await historyText(project.connected, run)).toContain(code);
  },
);

test("a step during which every worker dies is given up, and the run fails", { timeout: 180_000 }, async () => {
  const run = await project.start(
    script("echo $PPID >> deaths; kill -KILL $PPID; sleep 20", "effect: idempotent\nretry: { max-attempts: 2 }"),
  );
  const report = await project.follow(run);
  expect(report).toMatchObject({ status: "failed", error: { code: "step/poison" } });
  expect(project.read("deaths").trim().split("\n").length).toBeGreaterThan(10);
});
