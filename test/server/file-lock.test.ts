import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withFileLock } from "../../src/server/file-lock.ts";

const PROCESSES = 8;
const ROUNDS = 12;
/** Of no process. */
const DEAD_PID = "999999999";

let dir: string;
let lock: string;
const users: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-lock-"));
  lock = join(dir, "a.lock");
});
afterEach(() => {
  for (const user of users.splice(0)) user.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

function startUser(): ChildProcess {
  const user = fork(resolve("test/server/lock-user.ts"));
  users.push(user);
  return user;
}

/** Sends it in, and gives its answer. */
async function send(user: ChildProcess, act: "work" | "stay"): Promise<string> {
  const answer = once(user, "message");
  user.send({ lock, act });
  return String((await answer)[0]);
}

const take = () => withFileLock(lock, {}, () => Promise.resolve("mine"));

describe("what a file of a lock may hold", () => {
  test.each([
    ["nothing", ""],
    ["the pid of a living process", String(process.pid)],
    ["the pid of a dead one", DEAD_PID],
  ])("%s: nobody waits for it", async (_, text) => {
    writeFileSync(lock, text);
    expect(await take()).toBe("mine");
    expect(await take()).toBe("mine");
  });
});

test("what is not ours is refused, and stays as it is", async () => {
  const notes = join(dir, "notes.txt");
  writeFileSync(notes, "mine");
  symlinkSync(notes, lock);
  await expect(take()).rejects.toMatchObject({ diagnostics: [{ code: "file/unusable" }] });
  expect(readFileSync(notes, "utf8")).toBe("mine");
  rmSync(lock);
  writeFileSync(lock, "no lock at all ".repeat(1000));
  await expect(take()).rejects.toMatchObject({ diagnostics: [{ code: "file/unusable" }] });
});

describe("a lock is free again at once", () => {
  test("after its holder has ended inside", async () => {
    const user = startUser();
    user.send({ lock, act: "exit" });
    await once(user, "exit");
    expect(await take()).toBe("mine");
  });

  test("after its holder was killed inside; until then the others wait, and are told so", async () => {
    const user = startUser();
    expect(await send(user, "stay")).toBe("inside");
    const order: string[] = [];
    const waited = new Promise<void>((told) => {
      const onWait = () => {
        order.push("told");
        told();
      };
      void withFileLock(lock, { onWait }, async () => void order.push("in"));
    });
    await waited;
    expect(order).toEqual(["told"]);
    user.kill("SIGKILL");
    await expect.poll(() => order).toEqual(["told", "in"]);
  });

  test("after work that failed", async () => {
    await expect(withFileLock(lock, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await take()).toBe("mine");
    expect(readdirSync(dir)).toEqual(["a.lock"]);
  });
});

test("two in one process are inside one after the other", async () => {
  let inside = 0;
  const work = async () => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((done) => setTimeout(done, 20));
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withFileLock(lock, {}, work)));
});

test("of many processes at a lock that is left over never two are inside", async () => {
  const all = Array.from({ length: PROCESSES }, startUser);
  for (let round = 0; round < ROUNDS; round += 1) {
    writeFileSync(lock, DEAD_PID);
    const answers = await Promise.all(all.map((user) => send(user, "work")));
    expect(answers).toEqual(all.map(() => "was alone"));
  }
});

test("a folder that is not there is an error that names it", async () => {
  await expect(withFileLock(join(dir, "none", "a.lock"), {}, take)).rejects.toMatchObject({
    code: "ENOENT",
    path: join(dir, "none"),
  });
});
