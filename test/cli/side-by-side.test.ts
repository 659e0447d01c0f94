// Several commands work side by side, without `dev`: the end of one never breaks off a step of a run of another.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { beginCommand, runCommand, workerOf } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const script = (title: string, body: string) => `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n`;
const until = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

/** Many commands, one after the other, on a machine that may do much else. */
const PATIENCE_MS = 90_000;
vi.setConfig({ testTimeout: 4 * PATIENCE_MS });

let project: TestProject;
let ended: string;
beforeAll(async () => {
  project = await openProject({
    "short.md": script("Short", until("end-short")),
    "deploy.md": script("Deploy", `echo begin >> log; ${until("end-deploy")}; echo end >> log`),
  });
  ({ run: ended } = await project.run(script("Done", "true")));
  await project.worker.stop();
});
afterAll(() => project.close());
beforeEach(() => {
  for (const file of ["log", "end-short", "end-deploy"]) project.remove(file);
});

const detach = async (id: string) => {
  const { code, stderr } = await runCommand(project.dir, "run", "deploy.md", "--detach", "--id", id);
  expect(code, stderr).toBe(0);
};

/** A command whose worker has a step of a run that is not its own. */
async function workBeside(id: string, ...args: readonly string[]) {
  const command = beginCommand(project.dir, ...args);
  await expect.poll(command.stderr, { timeout: PATIENCE_MS }).toMatch(/Short|Ctrl-C/);
  await detach(id);
  await expect.poll(() => project.read("log"), { timeout: PATIENCE_MS }).toBe("begin\n");
  return command;
}

/** What becomes of the run when somebody works again. */
async function finish(id: string) {
  const { address, namespace } = project.connected.target;
  const { dir } = project;
  const worker = startSupervisedWorker({ address, namespace, projectDir: dir, stateDir: `${dir}/.aiworkflow` });
  const report = await project.follow(id);
  await worker.stop();
  return report;
}

test.each([
  ["run", "short.md"],
  ["worker", undefined],
])("`%s` lets the steps of other runs end that its worker has, and says which", async (name, file) => {
  const command = await workBeside(name, name, ...(file === undefined ? [] : [file]));
  const worker = workerOf(command) as number;
  if (file === undefined) command.child.kill("SIGINT");
  else project.write("end-short", "");
  await expect.poll(command.stderr, { timeout: PATIENCE_MS }).toContain(`deploy of ${name}`);
  process.kill(worker, "SIGHUP");
  expect(project.read("log")).toBe("begin\n");
  project.write("end-deploy", "");
  expect(await command.ended, command.stderr()).toBe(0);
  expect(project.read("log")).toBe("begin\nend\n");
  expect(await finish(name)).toMatchObject({ status: "completed" });
});

test.each([["SIGINT"], ["SIGTERM"]] as const)("%s does not wait for them", async (signal) => {
  const short = await workBeside(signal, "run", "short.md");
  project.write("end-short", "");
  await expect.poll(short.stderr, { timeout: PATIENCE_MS }).toContain(`deploy of ${signal}`);
  short.child.kill(signal);
  expect(await short.ended, short.stderr()).toBe(0);
  expect(await finish(signal)).toMatchObject({ status: "outcome-unknown" });
  expect(project.read("log")).toBe("begin\n");
});

test("a command that is refused, that only asks, and that only looks begins no step of another run", async () => {
  await detach("waits");
  for (const [code, ...args] of [
    [0, "fork", ended, "--dry-run"],
    [2, "rerun", ended, "--from", "nowhere"],
    [4, "rollback", ended],
  ] as const) {
    const done = await runCommand(project.dir, ...args);
    expect(done.code, `${args.join(" ")}: ${done.stderr}`).toBe(code);
  }
  const watch = beginCommand(project.dir, "watch", "waits");
  await expect.poll(watch.stderr, { timeout: PATIENCE_MS }).toContain("Deploy");
  expect(watch.stderr()).toContain("Nobody takes steps of waits");
  watch.child.kill("SIGINT");
  await watch.ended;
  expect(project.read("log")).toBe("");
  project.write("end-deploy", "");
  const again = await runCommand(project.dir, "rerun", ended, "--from", "done");
  expect(again.stdout, "one that is not refused works for its run").toContain(": completed");
  expect(await finish("waits")).toMatchObject({ status: "completed" });
});
