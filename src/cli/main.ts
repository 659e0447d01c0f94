#!/usr/bin/env node
// The command line: the only room that prints or exits. Everything heavy is loaded by the command that needs it.
// `command-table.ts` has all commands, `session.ts` finds or starts server and worker. Start here.
import { enableCompileCache } from "node:module";
import { VERSION } from "./version.ts";

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${VERSION}\n`);
} else {
  enableCompileCache();
  const { runCli } = await import("./run-cli.ts");
  process.exitCode = await runCli(args);
  // Connections that linger must not keep a finished command alive.
  setTimeout(() => process.exit(), 200).unref();
}
