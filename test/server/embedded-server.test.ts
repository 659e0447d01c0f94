import { fork, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { Client, Connection } from "@temporalio/client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findServer } from "../../src/server/find-server.ts";
import { ensureSearchAttributes } from "../../src/server/search-attributes.ts";
import { readServerNote } from "../../src/server/server-note.ts";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { canIsolate, startElsewhere } from "../worker/pid-space-of-its-own.ts";
import { canBind, startReadable } from "./readable-by-all.ts";

/** Of no user. */
const NAMELESS_UID = "54321";

let stateDir: string;
const users: ChildProcess[] = [];
beforeEach(() => {
  stateDir = join(mkdtempSync(join(tmpdir(), "aiworkflow-server-")), ".aiworkflow");
  mkdirSync(stateDir);
});
afterEach(async () => {
  for (const user of users.splice(0)) user.kill("SIGKILL");
  const { pid, keeperPid } = readServerNote(stateDir) ?? {};
  for (const one of [pid, keeperPid])
    if (one !== undefined) await expect.poll(() => isAlive(one), { timeout: 10_000 }).toBe(false);
  rmSync(join(stateDir, ".."), { recursive: true, force: true, maxRetries: 40, retryDelay: 100 });
});

/** Another process that uses the server, until it is killed or told to leave. */
async function useElsewhere(): Promise<{ process: ChildProcess; address: string; started: boolean }> {
  const child = fork(resolve("test/server/server-user.ts"), [stateDir]);
  users.push(child);
  const answer = await new Promise<{ address: string; started: boolean; error?: string }>((done) =>
    child.once("message", done),
  );
  if (answer.error !== undefined) throw new Error(answer.error);
  return { process: child, ...answer };
}

async function withClient<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
const startRun = (address: string, workflowId: string) =>
  withClient(address, (client) => client.workflow.start("w", { workflowId, taskQueue: "nobody" }));
const knows = (address: string, workflowId: string) =>
  withClient(address, (client) => client.workflow.getHandle(workflowId).describe()).then(({ status }) => status.name);

describe("one server for all processes of a project", () => {
  test.skipIf(!canIsolate)(
    "one that is shared with a container has one server, too (skipped where `unshare` may not make one)",
    { timeout: 120_000 },
    async () => {
      const use = async () => {
        const file = JSON.stringify(resolve("src/server/embedded-server.ts"));
        const user = startElsewhere(
          `process.execArgv = [];
          const { useEmbeddedServer } = await import(${file});
          const told = await useEmbeddedServer({ stateDir: ${JSON.stringify(stateDir)} }).then(() => "started", (error) => error.diagnostics[0].code);
          console.log(told); process.exit()`,
        );
        return (await text(user.stdout as Readable)).trim();
      };
      const { process: here } = await useElsewhere();
      expect(await use()).toBe("server/used-elsewhere");
      const note = readServerNote(stateDir);
      expect(isAlive(note?.pid ?? 0)).toBe(true);
      here.kill("SIGKILL");
      await expect.poll(() => isAlive(note?.keeperPid ?? 0), { timeout: 20_000 }).toBe(false);
      expect(await use()).toBe("started");
    },
  );

  test("the second process uses the first one's, two that start at once start one, and it ends after the last", async () => {
    const [one, two] = await Promise.all([useElsewhere(), useElsewhere()]);
    expect(one.address).toBe(two.address);
    expect([one.started, two.started].filter(Boolean)).toHaveLength(1);
    const here = await useEmbeddedServer({ stateDir });
    expect(here).toMatchObject({ address: one.address, started: false });
    const { pid } = readServerNote(stateDir) ?? { pid: 0 };
    one.process.kill("SIGKILL");
    two.process.kill("SIGKILL");
    await startRun(here.address, "still-there");
    here.release();
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    expect(readServerNote(stateDir)).toBeUndefined();
  });

  test("the next start has the runs of the last one, though client and server were killed", async () => {
    const first = await useElsewhere();
    await startRun(first.address, "kept");
    const { pid, keeperPid } = readServerNote(stateDir) ?? { pid: 0, keeperPid: 0 };
    for (const one of [first.process.pid as number, keeperPid, pid]) process.kill(one, "SIGKILL");
    await expect.poll(() => isAlive(pid)).toBe(false);
    const next = await useEmbeddedServer({ stateDir });
    expect(next.started).toBe(true);
    expect(await knows(next.address, "kept")).toBe("RUNNING");
    next.release();
  });

  test("a server whose keeper was killed is ended before another one opens its database", async () => {
    const first = await useElsewhere();
    await startRun(first.address, "kept");
    const { pid, keeperPid } = readServerNote(stateDir) ?? { pid: 0, keeperPid: 0 };
    for (const one of [first.process.pid as number, keeperPid]) process.kill(one, "SIGKILL");
    await expect.poll(() => isAlive(keeperPid)).toBe(false);
    const next = await useEmbeddedServer({ stateDir });
    expect(isAlive(pid)).toBe(false);
    expect(await knows(next.address, "kept")).toBe("RUNNING");
    next.release();
  });

  test("a process that got the pid of a dead server is left alone", async () => {
    const stranger = fork(resolve("test/server/stranger.ts"));
    users.push(stranger);
    const note = {
      address: "127.0.0.1:1",
      uiUrl: "",
      namespace: "default",
      pid: stranger.pid,
      pidStart: "1",
      keeperPid: 999_999_999,
    };
    writeFileSync(join(stateDir, "server.json"), JSON.stringify(note));
    const server = await useEmbeddedServer({ stateDir });
    expect(isAlive(stranger.pid as number)).toBe(true);
    server.release();
  });

  test("a server that dies while it is used is started again on the same ports", async () => {
    const server = await useEmbeddedServer({ stateDir });
    await startRun(server.address, "kept");
    process.kill(readServerNote(stateDir)?.pid as number, "SIGKILL");
    await expect.poll(() => knows(server.address, "kept").catch(() => "away"), { timeout: 15_000 }).toBe("RUNNING");
    server.release();
  });

  test("who comes while a server that died is started again waits for it, and starts no other", async () => {
    const server = await useEmbeddedServer({ stateDir });
    for (let round = 0; round < 3; round += 1) {
      const note = readServerNote(stateDir);
      process.kill(note?.pid as number, "SIGKILL");
      const other = await useElsewhere();
      expect(other.address).toBe(server.address);
      expect(readServerNote(stateDir)).toMatchObject({ keeperPid: note?.keeperPid });
      other.process.kill("SIGKILL");
    }
    server.release();
  });

  test("who comes while the server is ending gets one that works", async () => {
    for (let round = 0; round < 6; round += 1) {
      const { process: user, address } = await useElsewhere();
      await startRun(address, `round-${round}`);
      user.kill("SIGKILL");
      // The keeper looks every 400 ms: these come before, while and after it ends the server.
      await new Promise((done) => setTimeout(done, 200 + round * 120));
    }
    const last = await useEmbeddedServer({ stateDir });
    for (let round = 0; round < 6; round += 1) expect(await knows(last.address, `round-${round}`)).toBe("RUNNING");
    last.release();
  });
});

describe("what may be in the way", () => {
  test("a note that makes no sense is passed over", async () => {
    for (const note of [
      "",
      "{",
      '{"pid": "x"}',
      "[]",
      '{"address": "127.0.0.1:1", "pid": 1, "keeperPid": 999999999}',
    ]) {
      writeFileSync(join(stateDir, "server.json"), note);
      expect(await findServer({ flags: {}, env: {}, stateDir }).then((found) => found.server?.source)).not.toBe(
        "embedded",
      );
    }
    const server = await useEmbeddedServer({ stateDir });
    await startRun(server.address, "fine");
    server.release();
  });

  test("a port that must be this one and is taken: the error names who has it; else the next free one is taken", async () => {
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(0, "127.0.0.1", done));
    const { port } = squatter.address() as { port: number };
    await expect(useEmbeddedServer({ stateDir, port })).rejects.toMatchObject({
      diagnostics: [{ code: "server/port-in-use", message: expect.stringContaining(String(port)) }],
    });
    await expect(useEmbeddedServer({ stateDir, port })).rejects.toMatchObject({
      diagnostics: [{ message: expect.stringContaining(String(process.pid)) }],
    });
    await new Promise((done) => squatter.close(done));
  });

  test("a server that does not start is told with what it printed, and nothing is left of it", async () => {
    const real = process.env["AIWORKFLOW_TEMPORAL_CLI"] as string;
    const broken = join(stateDir, "temporal");
    writeFileSync(
      broken,
      `#!/bin/sh\ncase "$*" in *start-dev*) echo "disk is full"; exit 1;; esac\nexec "${real}" "$@"\n`,
      { mode: 0o755 },
    );
    process.env["AIWORKFLOW_TEMPORAL_CLI"] = broken;
    try {
      await expect(useEmbeddedServer({ stateDir })).rejects.toMatchObject({
        diagnostics: [{ code: "server/did-not-start", message: expect.stringContaining("disk is full") }],
      });
    } finally {
      process.env["AIWORKFLOW_TEMPORAL_CLI"] = real;
    }
    expect(readServerNote(stateDir)).toBeUndefined();
  });

  test.skipIf(!canBind)(
    "a user without a name, as in a container, comes as far as the server (skipped where `unshare` may not bind a folder)",
    async () => {
      chmodSync(join(stateDir, ".."), 0o755);
      const cli = join(stateDir, "temporal");
      writeFileSync(cli, `#!/bin/sh\necho "temporal version 1.0.0, asked: $1"\n`, { mode: 0o755 });
      const env = { ...process.env, AIWORKFLOW_TEMPORAL_CLI: cli };
      const child = startReadable(["test/server/nameless-user.ts", stateDir, NAMELESS_UID], env);
      users.push(child);
      const answer = await new Promise((done) => {
        child.once("message", done);
        child.once("exit", (code) => done(`exit ${code}`));
      });
      expect(answer).toEqual({ error: expect.stringContaining("asked: server") });
    },
  );

  test("a search attribute of another type is named; ours are there from the start", async () => {
    const server = await useEmbeddedServer({ stateDir });
    const connection = await Connection.connect({ address: server.address });
    const names = async () =>
      (await connection.operatorService.listSearchAttributes({ namespace: "default" })).customAttributes ?? {};
    expect(Object.keys(await names())).toEqual(expect.arrayContaining(["AiwfStatus", "AiwfWaiting"]));
    await connection.operatorService.removeSearchAttributes({ namespace: "default", searchAttributes: ["AiwfStatus"] });
    await connection.operatorService.addSearchAttributes({ namespace: "default", searchAttributes: { AiwfStatus: 5 } });
    await expect.poll(names).toMatchObject({ AiwfStatus: 5 });
    await expect(ensureSearchAttributes(connection, "default")).rejects.toMatchObject({
      diagnostics: [{ code: "server/search-attribute-type", message: expect.stringContaining("AiwfStatus") }],
    });
    await connection.close();
    server.release();
  });

  test("a server that was named and does not answer is an error, never another server", async () => {
    const address = "127.0.0.1:9";
    for (const how of [
      { flags: { address }, env: {} },
      { flags: {}, env: { TEMPORAL_ADDRESS: address } },
    ]) {
      await expect(findServer({ ...how, stateDir })).rejects.toMatchObject({
        diagnostics: [{ code: "server/unreachable" }],
      });
    }
    await expect(findServer({ flags: {}, env: {}, config: { address }, stateDir })).rejects.toMatchObject({
      diagnostics: [{ code: "server/unreachable" }],
    });
  });
});

describe("temporal/", () => {
  const read = (name: string) => parse(readFileSync(join("temporal", name), "utf8"));

  test("compose.yaml mounts the same settings that the local server gets, and pins its images", () => {
    const { services } = read("compose.yaml");
    expect(services.temporal.volumes).toEqual(["./dynamic-config.yaml:/etc/aiworkflow/dynamic-config.yaml:ro"]);
    expect(services.temporal.environment.DYNAMIC_CONFIG_FILE_PATH).toBe("/etc/aiworkflow/dynamic-config.yaml");
    for (const { image } of Object.values(services) as { image: string }[]) expect(image).toMatch(/:\d+(\.\d+)*$/);
    for (const [key, values] of Object.entries(read("dynamic-config.yaml"))) {
      expect(key).toMatch(/^[a-z]+\.[A-Za-z]+$/);
      expect(values).toEqual([{ value: expect.anything() }]);
    }
  });

  test("the README names every search attribute with its type", () => {
    const text = readFileSync("temporal/README.md", "utf8");
    const attributes = read("search-attributes.yaml") as Record<string, string>;
    for (const [name, type] of Object.entries(attributes)) expect(text).toContain(`--name ${name} --type ${type}`);
  });
});
