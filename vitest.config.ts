import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Tests of runs wait for the most part: one more than a small machine has cores keeps them busy.
    maxWorkers: 3,
    // A run that is replayed at every turn takes long.
    testTimeout: process.env["AIWORKFLOW_CACHED_RUNS"] === "0" ? 300_000 : 60_000,
    hookTimeout: 600_000,
    globalSetup: ["test/prepare.ts"],
  },
});
