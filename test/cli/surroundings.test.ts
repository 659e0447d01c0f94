// Faults of the surroundings: a folder, an address, a server that does not do its part. None of them is a bug of ours.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "../../src/client/decide.ts";
import { beginCommand, environment, main } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { openMuteRelay } from "./open-mute-relay.ts";

let folder: string;
let project: TestProject;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-surroundings-"));
  mkdirSync(join(folder, "blocked"));
  const files = {
    "aiworkflow.yaml": "",
    "one.md": "## One\n```bash run\ntrue\n```\n",
    "value.json": "{}",
    "blocked/aiworkflow.yaml": "",
    "blocked/.aiworkflow": "a file, where a folder is to be",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  project = await openProject();
});
afterAll(async () => {
  await project.close();
  rmSync(folder, { recursive: true });
});

interface Told {
  readonly exit: number;
  readonly code: string;
  readonly message: string;
}

function fail(args: readonly string[], { cwd = "", env = {} } = {}): Promise<Told> {
  return new Promise((done) => {
    const options = { cwd: join(folder, cwd), env: { ...environment(), ...env } };
    execFile(process.execPath, [main, ...args, "--json"], options, (error, stdout, stderr) => {
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; message: string; hint: string }[] };
      expect(diagnostics[0]?.hint, stderr).not.toBe("");
      done({ exit: error?.code as number, code: diagnostics[0]?.code ?? "", message: diagnostics[0]?.message ?? "" });
    });
  });
}

const NO_CLI = { AIWORKFLOW_TEMPORAL_CLI: "", PATH: "/nowhere", XDG_CACHE_HOME: "/dev/null" };

test.each<[code: string, exit: number, args: string[], words: string, where?: { cwd?: string; env?: object }]>([
  ["cli/bad-address", 2, ["list", "--address", "http://localhost:7233"], "http://"],
  ["cli/bad-address", 2, ["list", "--address", "localhost:http"], "localhost:http"],
  ["cli/bad-address", 2, ["list"], "localhost", { env: { TEMPORAL_ADDRESS: "localhost:99999" } }],
  ["cli/usage", 2, ["run", "one.md", "--id", ""], "--id"],
  ["cli/usage", 2, ["show", ""], "run"],
  ["file/unusable", 2, ["init", "one.md"], "one.md"],
  ["file/bad-history", 2, ["replay", "."], "EISDIR"],
  ["file/bad-history", 2, ["replay", "one.md"], "one.md"],
  ["file/bad-history", 2, ["replay", "value.json"], "value.json"],
  ["file/unusable", 2, ["list"], ".aiworkflow", { cwd: "blocked" }],
  ["server/no-cli", 3, ["list"], "/dev/null", { env: NO_CLI }],
  ["server/settings", 3, ["list"], "nobody", { env: { TEMPORAL_PROFILE: "nobody" } }],
])("%s: exit %i (%j)", async (code, exit, args, words, where) => {
  const told = await fail(args, where);
  expect(told).toMatchObject({ code, exit, message: expect.stringContaining(words) });
});

test.each([[["list"]], [["show", "one"]], [["run", "one.md"]]])(
  "a namespace that the server does not have: exit 3 (%j)",
  async (args) => {
    const { address } = project.connected.target;
    expect(await fail([...args, "--address", address, "--namespace", "typo"])).toMatchObject({
      code: "server/no-namespace",
      exit: 3,
      message: expect.stringContaining("typo"),
    });
  },
);

test("an id that is longer than a server takes: exit 2", async () => {
  const { address } = project.connected.target;
  const id = "a".repeat(2000);
  const asked = ["run", "one.md", "--id", id, "--address", address];
  expect(await fail(asked)).toMatchObject({ code: "run/bad-id", exit: 2 });
  expect(await fail(["show", id, "--address", address])).toMatchObject({ code: "run/not-found", exit: 2 });
});

test.each([
  [1, ["list"]],
  [2, ["list"]],
  [3, ["list"]],
  [3, ["stats"]],
  [3, ["cleanup"]],
] as const)("a server that is silent after %i answers: exit 3 (%j)", { timeout: 120_000 }, async (answers, args) => {
  const relay = await openMuteRelay(project.connected.target.address, answers);
  try {
    const told = await fail([...args, "--address", relay.address]);
    expect(told).toMatchObject({ code: "server/no-answer", exit: 3 });
  } finally {
    await relay.close();
  }
});

test(
  "a server that is away while a run is followed: said once, and once when it is back",
  { timeout: 120_000 },
  async () => {
    const run = await project.start("## Gate\n```yaml step\napproval: { message: Go? }\n```\n");
    await project.follow(run, "waiting");
    const relay = await openMuteRelay(project.connected.target.address, Infinity);
    try {
      const watch = beginCommand(project.dir, "watch", run, "--address", relay.address, "--no-input");
      await expect.poll(watch.stderr, { timeout: 60_000 }).toContain("waits for a person");
      relay.mute();
      await expect.poll(watch.stderr, { timeout: 60_000 }).toMatch(/server\/\S+: .*; waiting for it/);
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      relay.release();
      await expect.poll(watch.stderr, { timeout: 60_000 }).toContain("The server answers again.");
      await decide(project.connected, { run, decision: "approve", by: "ann" });
      expect(await watch.ended, watch.stderr()).toBe(0);
      expect(watch.stderr().match(/waiting for it|answers again/g)).toEqual(["waiting for it", "answers again"]);
    } finally {
      await relay.close();
    }
  },
);

test("a worker that cannot connect where the command itself can: exit 3", async () => {
  const [host = "", port] = project.connected.target.address.split(":");
  let connections = 0;
  const proxy = createServer((client) => {
    connections += 1;
    // The first looks whether somebody listens, the second is the command's own.
    if (connections > 2) return void client.destroy();
    const server = connect({ host, port: Number(port) });
    client.pipe(server).pipe(client);
    for (const one of [client, server]) one.on("error", () => client.destroy());
    return undefined;
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  expect(await fail(["run", "one.md", "--address", address])).toMatchObject({ code: "server/worker-failed", exit: 3 });
  proxy.close();
});
