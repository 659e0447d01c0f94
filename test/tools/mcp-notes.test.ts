// A call of an MCP server that cannot be noted is not made, and the server still ends when it should.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { childrenDir } from "../../src/processes/orphans.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { closeTools } from "../../src/tools/close-tools.ts";
import { mcpKind } from "../../src/tools/kinds/mcp.ts";
import { createLocalContext } from "../../src/tools/local-context.ts";

const dir = mkdtempSync(join(tmpdir(), "aiworkflow-notes-"));
afterAll(async () => {
  await closeTools();
  rmSync(dir, { recursive: true, force: true });
});

const contextOf = (signal: AbortSignal) => {
  const spec = { kind: "mcp", command: "node", args: [resolve("test/tools/mcp-server.ts"), "good"], operations: {} };
  const place = { env: process.env, projectDir: dir, stateDir: dir, files: new Map<string, Uint8Array>(), signal };
  return createLocalContext("good", spec, place);
};
const read = (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), "utf8").trim() : "");

test("what could not be noted was not called, and counts as no call", async () => {
  const context = contextOf(new AbortController().signal);
  await mcpKind.describe(context);
  const pid = Number(read("mcp-starts"));
  const notes = childrenDir(dir, process.pid);
  renameSync(notes, `${notes}-away`);
  writeFileSync(notes, "");
  const called = mcpKind.call({ ...context, key: "k" }, "echo", { value: "x" });
  await expect(called).rejects.toMatchObject({ code: "tool/unreachable", outcomeUnknown: false });
  rmSync(notes);
  renameSync(`${notes}-away`, notes);

  const cancel = new AbortController();
  const hanging = mcpKind.call({ ...contextOf(cancel.signal), key: "k" }, "hang", {});
  await expect.poll(() => read("mcp-helpers"), { timeout: 10_000 }).not.toBe("");
  expect(read("mcp-starts")).toBe(String(pid));
  cancel.abort(new Error("enough"));
  await expect(hanging).rejects.toThrow("enough");
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
});

test("who comes as the last one who waited for its start gives up has a server of his own", async () => {
  await closeTools();
  const cancel = new AbortController();
  const first = mcpKind.describe(contextOf(cancel.signal));
  const other = first.catch(() =>
    mcpKind.call({ ...contextOf(new AbortController().signal), key: "k" }, "echo", { value: "x" }),
  );
  cancel.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  await expect(other).resolves.toMatchObject({ value: { value: "x" } });
});
