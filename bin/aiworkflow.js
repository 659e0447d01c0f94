#!/usr/bin/env node
// Starts the command line: the built one in a package, the source in a clone; on the pinned Node where this one is too old.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = at("../dist/cli/main.js");
const main = existsSync(at("../src/cli/main.ts")) ? at("../src/cli/main.ts") : built;
const [major, minor] = process.versions.node.split(".").map(Number);
const fits = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26;

if (fits) {
  await import(main);
} else {
  const pinned = at("../node_modules/node/bin/node");
  if (!existsSync(pinned)) {
    process.stderr.write(`aiworkflow needs Node 22.22, 24.15 or 26; this is ${process.versions.node}\n`);
    process.exit(2);
  }
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A terminal sends its Ctrl-C to both; a second one would mean "at once".
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}
