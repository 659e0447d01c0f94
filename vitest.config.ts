import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // A run that is replayed at every turn takes long.
    testTimeout: process.env["AIWORKFLOW_CACHED_RUNS"] === "0" ? 300_000 : 60_000,
    hookTimeout: 600_000,
    globalSetup: ["test/prepare.ts"],
  },
});
