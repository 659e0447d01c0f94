import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("../..", import.meta.url).pathname,
    include: ["test/binaries/*.check.ts"],
    pool: "forks",
    testTimeout: 180_000,
    hookTimeout: 600_000,
    globalSetup: ["test/prepare.ts"],
  },
});
