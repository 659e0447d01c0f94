import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive } from "../../src/system/is-alive.ts";
import { killElsewhere } from "../../src/processes/orphans.ts";
import { runProcess } from "../../src/processes/run-process.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "aiworkflow-process-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A process that uses our code as a worker does; it prints when it has done so, then stays. */
function startUser(code: string) {
  const imports = `import { spawnNoted } from ${JSON.stringify(resolve("src/processes/spawn-noted.ts"))};
import { openCallNotes } from ${JSON.stringify(resolve("src/processes/call-notes.ts"))};
import { startGuard } from ${JSON.stringify(resolve("src/processes/guard.ts"))};
const request = { cwd: ${JSON.stringify(dir)}, env: process.env, stateDir: ${JSON.stringify(dir)} };`;
  return spawn(
    process.execPath,
    ["--input-type=module-typescript", "-e", `${imports}${code}; setInterval(() => {}, 1000);`],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}
const read = (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), "utf8").trim() : "");
const start = (key: string, body: string) =>
  `const one = spawnNoted({ ...request, command: "sh", args: ["-c", ${JSON.stringify(body)}], key: ${JSON.stringify(key)} }); console.log(one.child.pid);`;

test("the children of a killed worker end with it, grandchildren too, though nobody supervises it", async () => {
  const user = startUser(`startGuard(${JSON.stringify(dir)});${start("a", "sleep 300 & echo $! > grandchild; wait")}`);
  await expect.poll(() => read("grandchild"), { timeout: 20_000 }).not.toBe("");
  const grandchild = Number(read("grandchild"));
  user.kill("SIGKILL");
  await expect.poll(() => isAlive(grandchild), { timeout: 2000 }).toBe(false);
});

test("a child that its worker could not note never becomes the program", async () => {
  // Without permission to write the note, the worker dies where a kill could have hit it: between start and note.
  const user = startUser(
    `import("node:fs").then(({ mkdirSync, writeFileSync }) => { mkdirSync(${JSON.stringify(join(dir, "no"))}); writeFileSync(${JSON.stringify(join(dir, "no/children"))}, ""); spawnNoted({ ...request, stateDir: ${JSON.stringify(join(dir, "no"))}, command: "sh", args: ["-c", "touch became"] }); })`,
  );
  await once(user, "exit");
  expect(existsSync(join(dir, "became"))).toBe(false);
});

test("a child that could not be noted is gone, though its worker lives on", async () => {
  const stateDir = join(dir, "full");
  mkdirSync(stateDir);
  writeFileSync(join(stateDir, "children"), "");
  const mark = `mark-${process.pid}-${Date.now()}`;
  const request = { command: "sh", args: ["-c", "true", mark], cwd: dir, env: {}, stateDir };
  await expect(
    runProcess({ ...request, stdin: "", signal: new AbortController().signal, key: "k" }),
  ).rejects.toMatchObject({ code: "script/cannot-start" });
  const processes = () => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
  expect(processes()).toContain("ps -eo args");
  await expect.poll(processes, { timeout: 5000 }).not.toContain(mark);
});

test("whoever takes a call over ends what a stopped worker still runs for it, and nothing else", async () => {
  const user = startUser(
    start("taken", "echo $$ > taken; exec sleep 300") +
      start("kept", "echo $$ > kept; exec sleep 300").replaceAll("one", "two"),
  );
  await expect.poll(() => read("taken") !== "" && read("kept") !== "", { timeout: 20_000 }).toBe(true);
  user.kill("SIGSTOP");
  killElsewhere(dir, "taken");
  await expect.poll(() => isAlive(Number(read("taken"))), { timeout: 2000 }).toBe(false);
  expect(isAlive(Number(read("kept")))).toBe(true);
  process.kill(-Number(read("kept")), "SIGKILL");
  user.kill("SIGKILL");
  expect(readdirSync(join(dir, "children", String(user.pid)))).toHaveLength(2);
});

test("a child that serves many is ended for a call that it works for, and not for one that has ended", async () => {
  const serve = (name: string) =>
    `{ const one = spawnNoted({ ...request, command: "sh", args: ["-c", "echo $$ > ${name}; exec sleep 300"] });
    const notes = openCallNotes(request.stateDir, one.child.pid);
    const ended = notes.note("${name} ended"); notes.note("${name} lasts"); ended(); notes.note("${name} begins")(); }`;
  const user = startUser(serve("busy") + serve("idle"));
  await expect.poll(() => read("busy") !== "" && read("idle") !== "", { timeout: 20_000 }).toBe(true);
  user.kill("SIGSTOP");
  for (const key of ["busy ended", "busy begins", "nobody's"]) killElsewhere(dir, key);
  expect([isAlive(Number(read("busy"))), isAlive(Number(read("idle")))]).toEqual([true, true]);
  killElsewhere(dir, "busy lasts");
  await expect.poll(() => isAlive(Number(read("busy"))), { timeout: 2000 }).toBe(false);
  expect(isAlive(Number(read("idle")))).toBe(true);
  process.kill(-Number(read("idle")), "SIGKILL");
  user.kill("SIGKILL");
});
