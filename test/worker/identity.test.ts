// Which workers a supervisor may take for dead: what is taken back wrongly runs twice.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { isDeadHere, workerIdentity } from "../../src/worker/worker-identity.ts";
import { canIsolate, startElsewhere } from "./pid-space-of-its-own.ts";

const place = workerIdentity.slice(workerIdentity.indexOf("@"));
const gone = spawnSync("true").pid;

test("a worker of this place is dead once its process is gone", () => {
  expect(isDeadHere(workerIdentity)).toBe(false);
  expect(isDeadHere(`${gone}${place}`)).toBe(true);
});

test("another place's worker is not, though the host is called the same", () => {
  const [host] = place.split("/");
  for (const name of [`${gone}${host}`, `${gone}${host}/00000000`, `${gone}${place}.example.org`, "recorder", "", null])
    expect(isDeadHere(name)).toBe(false);
});

test.skipIf(!canIsolate)(
  "a container with this host's name is another place (skipped where `unshare` may not make one)",
  async () => {
    const file = JSON.stringify(resolve("src/worker/worker-identity.ts"));
    const user = startElsewhere(`const { isDeadHere, workerIdentity } = await import(${file});
      console.log(JSON.stringify([workerIdentity, isDeadHere(${JSON.stringify(workerIdentity)})]));`);
    const [line] = (await once(user.stdout as Readable, "data")) as [Buffer];
    const [name, isDead] = JSON.parse(line.toString()) as [string, boolean];
    expect(name).toMatch(/^\d+@/);
    expect(name.slice(name.indexOf("@"))).not.toBe(place);
    expect(isDead).toBe(false);
    user.stdin?.end();
    await once(user, "exit");
  },
);
