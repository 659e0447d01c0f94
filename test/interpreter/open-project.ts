// A project in a temporary folder with its own real server and a real worker in a child process, for tests of what the
// interpreter does. Every run is compiled from Markdown and started as the command line starts it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { type Connected, connectClient } from "../../src/client/connect-client.ts";
import { followRun } from "../../src/client/follow-run.ts";
import { resolveStored } from "../../src/client/resolve-stored.ts";
import { startRun } from "../../src/client/start-run.ts";
import type { JsonObject, JsonValue } from "../../src/plan/json.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { isIdle } from "../../src/plan/run-states.ts";
import type { RunReport } from "../../src/plan/report.ts";
import type { Stored } from "../../src/plan/artifact.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { findFreePort } from "../../src/server/free-port.ts";
import { prepareNamespace } from "../../src/server/prepare-namespace.ts";
import { readServerFlags } from "../../src/server/server-settings.ts";
import { isReplayed, LONG_MS } from "./replayed.ts";
import { startSupervisedWorker, type SupervisedWorker } from "../../src/worker/supervisor.ts";

/** What a test may say about a run. */
export interface RunRequest {
  readonly inputs?: JsonObject;
  readonly id?: string;
  /** Changes the plan between compiler and start. */
  readonly change?: (plan: Plan) => Plan;
}

/** A project with server and worker. */
export interface TestProject {
  readonly dir: string;
  readonly connected: Connected;
  readonly worker: SupervisedWorker;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  /** Takes a file of the project away. */
  remove(path: string): void;
  /** A file of the project; empty where there is none. */
  read(path: string): string;
  plan(markdown: string): Plan;
  start(markdown: string, request?: RunRequest): Promise<string>;
  /** Starts and follows to the end. */
  run(markdown: string, request?: RunRequest): Promise<RunReport>;
  follow(run: string, until?: "closed" | "waiting"): Promise<RunReport>;
  /** The report once it fits; fails after `waitMs`. @default 20 s */
  reportWhen(run: string, fits: (report: RunReport) => boolean, waitMs?: number): Promise<RunReport>;
  resolve(value: Stored): Promise<JsonValue>;
  /** How many histories the run has had. */
  executions(run: string): Promise<number>;
  /** Types of the run's history events, in order. */
  history(run: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const WAIT_MS = isReplayed ? LONG_MS : 20_000;

/** Opens a project with these files; `settings` are dynamic configuration of a server of its own. */
export async function openProject(
  files: Readonly<Record<string, string>> = {},
  settings: Readonly<Record<string, number>> = {},
): Promise<TestProject> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-interpreter-"));
  const stateDir = join(dir, ".aiworkflow");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write("aiworkflow.yaml", "");
  for (const [path, text] of Object.entries(files)) write(path, text);
  mkdirSync(stateDir);
  const server =
    Object.keys(settings).length === 0 ? await useEmbeddedServer({ stateDir }) : await startOwn(dir, settings);
  const target: { address: string; namespace: string } = { address: server.address, namespace: server.namespace };
  const worker = startSupervisedWorker({ ...target, projectDir: dir, stateDir });
  const connected = await connectClient(target);
  await worker.ready;
  let count = 0;

  const load = (markdown: string) => {
    count += 1;
    write(`w${count}.md`, markdown);
    const { plan, files: used, diagnostics } = loadWorkflow(join(dir, `w${count}.md`));
    if (plan === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
    return { plan, files: used };
  };
  const project: TestProject = {
    dir,
    connected,
    worker,
    write,
    remove: (path) => rmSync(join(dir, path), { force: true }),
    read(path) {
      try {
        return readFileSync(join(dir, path), "utf8");
      } catch {
        return "";
      }
    },
    plan: (markdown) => load(markdown).plan,
    async start(markdown, { inputs = {}, id, change = (plan: Plan): Plan => plan } = {}) {
      const loaded = load(markdown);
      const request = { plan: change(loaded.plan), files: loaded.files, inputs, projectDir: dir, stateDir };
      const { run } = await startRun(connected, { ...request, ...(id === undefined ? {} : { run: id }) });
      return run;
    },
    run: async (markdown, request) => followRun(connected, await project.start(markdown, request)),
    follow: (run, until) =>
      followRun(connected, run, until === "waiting" ? { until: ({ status }) => isIdle(status) } : {}),
    async reportWhen(run, fits, waitMs = WAIT_MS) {
      const report = await followRun(connected, run, { signal: AbortSignal.timeout(waitMs), until: fits });
      if (!fits(report)) throw new Error(`never came: ${JSON.stringify(report, undefined, 2)}`);
      return report;
    },
    resolve: (value) => resolveStored(join(stateDir, "artifacts"), value),
    async executions(run) {
      const ids = new Set<string>();
      for await (const { runId } of connected.client.workflow.list({ query: `WorkflowId = '${run}'` })) ids.add(runId);
      return ids.size;
    },
    async history(run) {
      const { events } = await connected.client.workflow.getHandle(run).fetchHistory();
      return (events ?? []).map((event) => {
        const kind = Object.keys(event).find((key) => key.endsWith("EventAttributes")) ?? "";
        return kind.replace(/EventAttributes$/, "");
      });
    },
    async close() {
      await connected.close();
      await worker.stop();
      server.release();
      rmSync(dir, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
    },
  };
  return project;
}

/** A server with other settings than ours, in memory; `release` ends it. */
async function startOwn(dir: string, settings: Readonly<Record<string, number>>) {
  const port = await findFreePort(0);
  const address = `127.0.0.1:${port}`;
  const flags = Object.entries(settings).flatMap(([key, value]) => ["--dynamic-config-value", `${key}=${value}`]);
  const child = spawn(
    process.env["AIWORKFLOW_TEMPORAL_CLI"] as string,
    [
      "server",
      "start-dev",
      "--headless",
      "--port",
      String(port),
      "--log-level",
      "error",
      ...readServerFlags(),
      ...flags,
    ],
    { cwd: dir, stdio: "ignore" },
  );
  for (let tries = 0; ; tries += 1) {
    try {
      await prepareNamespace(address);
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
  return { address, namespace: "default", release: () => child.kill("SIGKILL") };
}
