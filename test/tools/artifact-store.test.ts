import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openArtifactStore } from "../../src/artifacts/artifact-store.ts";

const dir = mkdtempSync(join(tmpdir(), "aiworkflow-artifacts-"));
afterAll(() => rmSync(dir, { recursive: true }));

test("a write that fails leaves nothing behind", async () => {
  const bytes = Buffer.from("x".repeat(100));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  // Where the file should be is a folder that nothing can take the place of.
  const folder = join(dir, sha256.slice(0, 2));
  mkdirSync(join(folder, sha256, "in-the-way"), { recursive: true });
  await expect(openArtifactStore(dir).put(bytes)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([sha256]);
});
