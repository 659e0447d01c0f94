#!/usr/bin/env node
// The command line: the only room that prints or exits. Everything heavy is loaded by the command that needs it.
// `command-table.ts` has all commands, `session.ts` finds or starts server and worker. Start here.
import { enableCompileCache } from "node:module";
import { VERSION } from "./version.ts";

// A reader that has gone ends nothing: what is under way goes on, and its exit code counts.
const NOBODY_READS = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!NOBODY_READS.has(error.code ?? "")) throw error;
  });

const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(`${VERSION}\n`);
} else {
  enableCompileCache();
  const { runCli } = await import("./run-cli.ts");
  process.exitCode = await runCli(args);
  // Connections that linger must not keep a finished command alive; a slow reader may.
  const end = () => process.stdout.write("", () => process.stderr.write("", () => process.exit()));
  setTimeout(end, 200).unref();
}
