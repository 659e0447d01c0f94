// Which workers a supervisor may take for dead: what is taken back wrongly runs twice.
import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { isDeadHere, workerIdentity } from "../../src/worker/worker-identity.ts";

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

const isolated = ["--pid", "--fork", "--mount-proc", process.execPath];
const canIsolate = process.platform === "linux" && spawnSync("unshare", [...isolated, "-e", "0"]).status === 0;

test.skipIf(!canIsolate)(
  "a container with this host's name is another place (skipped where `unshare` may not make one)",
  () => {
    const file = new URL("../../src/worker/worker-identity.ts", import.meta.url).pathname;
    const text = `const { isDeadHere, workerIdentity } = await import(${JSON.stringify(file)});
      console.log(JSON.stringify([workerIdentity, isDeadHere(${JSON.stringify(workerIdentity)})]));`;
    const [name, isDead] = JSON.parse(
      execFileSync("unshare", [...isolated, "--input-type=module", "-e", text], { encoding: "utf8" }),
    ) as [string, boolean];
    expect(name).toMatch(/^1@/);
    expect(name.slice(1)).not.toBe(place);
    expect(isDead).toBe(false);
  },
);
