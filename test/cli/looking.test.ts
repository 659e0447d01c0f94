// Commands that look at a run or tell it something, where nobody works for it: they begin no step, and so kill none when they end.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunReport } from "../../src/plan/report.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const script = (title: string, body: string, yaml = "effect: at-most-once") =>
  `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;

let project: TestProject;
beforeAll(async () => {
  project = await openProject();
});
afterAll(() => project.close());

test(
  "the run goes on as far as it can without steps, and a worker does the rest whole",
  { timeout: 120_000 },
  async () => {
    const { dir } = project;
    await project.worker.stop();
    const run = await project.start(
      yaml("Gate", "approval: { message: Go? }") +
        script("Look", "echo seen", "local: true\neffect: read") +
        yaml("Rest", "wait: 1h") +
        script("Deploy", "echo b >> l; sleep 3; echo e >> l"),
    );
    const command = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCommand(dir, ...args, "--no-input");
      expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
      return `${stdout}${stderr}`;
    };
    const statuses = async () =>
      (JSON.parse(await command("show", run, "--json")) as RunReport).steps.map(({ status }) => status);
    expect(await statuses()).toEqual(["waiting", "pending", "pending", "pending"]);
    expect(await command("approvals", "list")).toContain("Go?");
    expect(await command("approve", run, "--as", "ann")).toContain("No worker stays");
    await expect.poll(statuses, { timeout: 30_000 }).toEqual(["completed", "completed", "waiting", "pending"]);
    await command("pause", run);
    await command("skip", run, "rest");
    expect(await command("resume", run)).toContain("No worker stays");
    expect(await statuses()).toEqual(["completed", "completed", "skipped", "running"]);
    await command("log", run);
    expect(project.read("l")).toBe("");
    const { address, namespace } = project.connected.target;
    const worker = startSupervisedWorker({ address, namespace, projectDir: dir, stateDir: `${dir}/.aiworkflow` });
    try {
      expect((await project.follow(run)).status).toBe("completed");
      expect(project.read("l")).toBe("b\ne\n");
    } finally {
      await worker.stop();
    }
  },
);
