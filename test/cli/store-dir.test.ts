import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { storeDirOf } from "../../src/cli/store-dir.ts";

const stateDir = join("/project", ".aiworkflow");
afterEach(() => vi.unstubAllEnvs());

test.each([
  ["unset", undefined, join(stateDir, "artifacts")],
  ["empty", "", join(stateDir, "artifacts")],
  ["a folder", "/shared/store", "/shared/store"],
])("AIWORKFLOW_STORE %s: where the store is", (_, value, expected) => {
  vi.stubEnv("AIWORKFLOW_STORE", value);
  expect(storeDirOf({ stateDir })).toBe(expected);
});
