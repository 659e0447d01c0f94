import { fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NativeConnection, Worker } from "@temporalio/worker";
import { installRuntime } from "./engine.ts";
import { pairs } from "./statistics.ts";
import { ratioRow, type Row, timeRow } from "./row.ts";

const main = resolve("dist/cli/main.js");
const workerMain = resolve("dist/worker/worker-main.js");

/** Start-up of commands against the cheapest Node process there is. Needs `npm run build`. */
export async function measureCommands(address: string, count: number): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const body = (index: number) =>
    `## Step ${index}\n\`\`\`bash run\necho "$text"\n\`\`\`\n\`\`\`yaml step\nwith: { text: "\${{ inputs.text }}" }\n\`\`\`\n`;
  writeFileSync(
    join(dir, "twenty.md"),
    `---\ninputs: { text: hello }\n---\n${Array.from({ length: 20 }, (_, index) => body(index)).join("")}`,
  );
  writeFileSync(join(dir, "one.md"), "## Wait\n```yaml step\nwait: 1s\n```\n");
  const nothing = () => time(["-e", "0"], dir);
  const commands: readonly [what: string, args: readonly string[], target: number][] = [
    ["`--version`", ["--version"], 1.6],
    ["`validate`, 20 steps", ["validate", "twenty.md"], 3],
    ["`run --detach`", ["run", "one.md", "--detach", "--address", address], 12],
  ];
  try {
    const rows: Row[] = [];
    for (const [what, args, target] of commands) {
      const found = await pairs(count, () => time([main, ...args], dir), nothing);
      rows.push(ratioRow(what, "`node -e 0`", { ratios: found.map(({ a, b }) => a / b), target, atMost: true }));
    }
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** From the fork of a worker to its first poll, with the prebuilt bundle; and bundling at the start instead. */
export async function measureWorkerStart(address: string, count: number): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  installRuntime();
  const connection = await NativeConnection.connect({ address });
  const prebuilt = () =>
    new Promise<number>((done, fail) => {
      const startedAt = performance.now();
      const child = fork(workerMain, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
      child.send({ address, namespace: "default", taskQueue: "starts", projectDir: dir, stateDir: dir });
      child.on("message", ({ type, message }: { type: string; message?: string }) => {
        const ms = performance.now() - startedAt;
        child.once("exit", () => (type === "ready" ? done(ms) : fail(new Error(message))));
        child.kill("SIGKILL");
      });
    });
  const bundling = async () => {
    const startedAt = performance.now();
    const worker = await Worker.create({
      connection,
      namespace: "default",
      taskQueue: "starts",
      workflowsPath: resolve("src/workflows/interpreter.ts"),
    });
    const ms = performance.now() - startedAt;
    await worker.runUntil(Promise.resolve());
    return ms;
  };
  try {
    const found = await pairs(count, prebuilt, bundling);
    const ratios = found.map(({ a, b }) => a / b);
    return [
      timeRow("worker ready, process and all", "prebuilt bundle", { ms: found.map(({ a }) => a), target: 600 }),
      ratioRow("worker ready, process and all", "`workflowsPath` without the process", {
        ratios,
        target: 1,
        atMost: true,
      }),
    ];
  } finally {
    await connection.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function time(args: readonly string[], cwd: string): Promise<number> {
  return new Promise((done, fail) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => (said += String(chunk)));
    child.once("exit", (code) =>
      code === 0 ? done(performance.now() - startedAt) : fail(new Error(`${args.join(" ")}: ${said}`)),
    );
  });
}
