// Ids of ours are short: one that is taken already is no fault of whoever starts a run.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startRun } from "../../src/client/start-run.ts";
import { openProject, type TestProject } from "./open-project.ts";

const dice = vi.hoisted(() => ({ left: 0 }));
vi.mock("node:crypto", async (load) => {
  const crypto = await load<typeof import("node:crypto")>();
  const randomBytes = (size: number) => (dice.left-- > 0 ? Buffer.alloc(size, 7) : crypto.randomBytes(size));
  return { ...crypto, randomBytes };
});

let project: TestProject;
beforeAll(async () => {
  project = await openProject({});
});
afterAll(() => project.close());

const start = (run?: string) =>
  startRun(project.connected, {
    plan: project.plan("---\nname: same\n---\n## One\n```yaml step\nset: { a: 1 }\n```\n"),
    inputs: {},
    files: new Map(),
    projectDir: project.dir,
    stateDir: `${project.dir}/.aiworkflow`,
    ...(run === undefined ? {} : { run }),
  });

test("another one is taken; one that somebody chose is refused", async () => {
  dice.left = 4;
  const first = await start();
  expect(first.run).toMatch(/^same-(.)\1\1\1$/);
  const second = await start();
  expect(second.run).toMatch(/^same-....$/);
  expect(second.run).not.toBe(first.run);
  await expect(start(first.run)).rejects.toMatchObject({ diagnostics: [{ code: "run/exists" }] });
});
