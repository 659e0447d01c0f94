import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";
import { listLeases } from "../../src/server/leases.ts";
import { beginCommand } from "../command-line.ts";
import { canIsolate, startElsewhere } from "../worker/pid-space-of-its-own.ts";

let dir: string;
let folder: string;
const users: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-leases-"));
  folder = join(dir, "leases");
});
afterEach(() => {
  for (const user of users.splice(0)) user.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
});

function start(program: string): ChildProcess {
  const user = fork(resolve("test/server", program), [folder]);
  users.push(user);
  return user;
}

/** A lease of a process that was killed, whose pid another one got that began later, or this one. */
async function leaveLease(heir: "stranger" | "this process"): Promise<void> {
  const user = start("lease-user.ts");
  await once(user, "message");
  const name = readdirSync(folder).find((one) => one.split("-")[1] === String(user.pid)) as string;
  user.kill("SIGKILL");
  await once(user, "exit");
  const pid = heir === "stranger" ? start("stranger.ts").pid : process.pid;
  renameSync(join(folder, name), join(folder, name.replace(`-${user.pid}-`, `-${pid}-`)));
}

test("a lease counts while its process lives", async () => {
  const user = start("lease-user.ts");
  await once(user, "message");
  expect(listLeases(folder)).toEqual([user.pid]);
  expect(readdirSync(folder)).toHaveLength(1);
  user.kill("SIGKILL");
  await once(user, "exit");
  expect(listLeases(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a lease that is left over does not count for who has the pid by now, be it this process", async () => {
  for (const heir of ["stranger", "this process"] as const) {
    await leaveLease(heir);
    expect(listLeases(folder)).toEqual([]);
  }
});

test.skipIf(!canIsolate)(
  "a lease of another container is neither counted nor forgotten (skipped where `unshare` may not make one)",
  async () => {
    const file = JSON.stringify(resolve("src/server/leases.ts"));
    const user = startElsewhere(
      `const { takeLease } = await import(${file}); takeLease(${JSON.stringify(folder)}); console.log("held")`,
    );
    await once(user.stdout as Readable, "data");
    expect(listLeases(folder)).toEqual([]);
    expect(readdirSync(folder)).toHaveLength(1);
    user.stdin?.end();
    await once(user, "exit");
    utimesSync(join(folder, readdirSync(folder)[0] as string), 1, 1);
    listLeases(folder);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("`run` works itself where a lease says that a stranger does", async () => {
  const stateDir = join(dir, ".aiworkflow");
  mkdirSync(stateDir);
  writeFileSync(join(dir, "aiworkflow.yaml"), "");
  writeFileSync(join(dir, "one.md"), "## One\n```yaml step\nset: { a: 1 }\n```\n");
  const server = await useEmbeddedServer({ stateDir });
  folder = join(stateDir, "workers", encodeURIComponent(`${server.address} ${server.namespace} `));
  await leaveLease("stranger");
  const { child, ended } = beginCommand(dir, "run", "one.md");
  users.push(child);
  expect(await ended).toBe(0);
  // It has looked there.
  expect(readdirSync(folder)).toEqual([]);
  server.release();
});
