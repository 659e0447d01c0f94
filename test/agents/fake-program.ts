// A program that speaks the protocol of Claude Code, Codex or OpenCode and does what a file tells it: one act a start. Arguments:
// the kind, the folder where it keeps its acts, its sessions and what it was given, then the real program's own.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type Mouth, MOUTHS, type Stop } from "./fake-mouths.ts";

/** What one start of the program does, in this order; without `text` it never answers. */
export interface Act {
  /** Exits at once. */
  readonly exit?: { readonly code: number; readonly stderr: string };
  /** Says that nobody is logged in. */
  readonly keyless?: boolean;
  /** Prints this before anything else. */
  readonly print?: string;
  /** An effect on the world, done once a session: a line in `effects`. */
  readonly effect?: string;
  /** Tells what it has used so far, as far as the real one does. */
  readonly used?: boolean;
  /** Calls tools that it was given, all at once, each where it says so `after` a file of its folder is there. */
  readonly calls?: readonly {
    readonly tool: string;
    readonly args: Record<string, unknown>;
    readonly after?: string;
  }[];
  /** Starts a process in a group of its own, and one in its own group. */
  readonly children?: boolean;
  /** Prints without end. */
  readonly flood?: "one line" | "many lines";
  readonly kill?: boolean;
  readonly hang?: boolean;
  readonly exitAfter?: { readonly code: number; readonly stderr: string };
  /** Its model has no answer. */
  readonly stop?: Stop;
  /** The API's failure instead of an answer. */
  readonly status?: number;
  readonly text?: string;
  readonly value?: unknown;
  /** Does not end when it has answered. */
  readonly linger?: boolean;
}

const [, , kind = "", dir = "", ...argv] = process.argv;
const mouth = MOUTHS[kind] as Mouth;
const print = (...lines: readonly object[]) =>
  process.stdout.write(lines.map((one) => `${JSON.stringify(one)}\n`).join(""));

const starts = join(dir, "starts.jsonl");
const count = existsSync(starts) ? readFileSync(starts, "utf8").trim().split("\n").length : 0;
const act = (JSON.parse(readFileSync(join(dir, "acts.json"), "utf8")) as readonly Act[])[count] ?? {};
const given = mouth.read(argv, process.env);
const stdin = await readAll(process.stdin);
appendFileSync(
  starts,
  `${JSON.stringify({ ...given, argv, stdin, env: process.env, cwd: process.cwd(), pid: process.pid })}\n`,
);

const exit = (code: number, stderr: string): never => {
  process.stderr.write(`${stderr}\n`);
  process.exit(code);
};
if (act.exit !== undefined) exit(act.exit.code, act.exit.stderr);
const session = given.resume ?? given.session;
const file = join(dir, "sessions", session);
mkdirSync(join(dir, "sessions"), { recursive: true });
if (given.resume !== undefined && !existsSync(file)) {
  print(...mouth.lost(session));
  exit(1, mouth.lostText(session));
}
if (act.print !== undefined) process.stdout.write(act.print);
if (act.keyless) {
  print(...mouth.keyless(session));
  process.exit(1);
}
const done = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [];
writeFileSync(file, JSON.stringify(done));
print(...mouth.begin(session));

if (act.effect !== undefined && !done.includes(act.effect)) {
  appendFileSync(join(dir, "effects"), `${act.effect}\n`);
  writeFileSync(file, JSON.stringify([...done, act.effect]));
}
if (act.used) print(...mouth.used(session));
if (act.calls !== undefined) await callAll(act.calls);
if (act.children) {
  const pids = [true, false].map((detached) => spawn("sleep", ["300"], { detached, stdio: "ignore" }).pid);
  appendFileSync(join(dir, "children"), `${pids.join("\n")}\n`);
}
while (act.flood !== undefined) {
  const flows = process.stdout.write(act.flood === "one line" ? "x".repeat(1_000_000) : "{}\n".repeat(300_000));
  if (!flows) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
if (act.kill) process.kill(process.pid, "SIGKILL");
appendFileSync(join(dir, "reached"), `${process.pid}\n`);
if (act.hang) await sleep(300_000);
if (act.exitAfter !== undefined) exit(act.exitAfter.code, act.exitAfter.stderr);
if (act.stop !== undefined) {
  const { lines, stderr = "" } = mouth.stopped(session, act.stop);
  print(...lines);
  exit(1, stderr);
}
if (act.status !== undefined) {
  print(...mouth.failed(session, act.status));
  process.exit(1);
}
if (act.text === undefined) exit(0, "nothing to say");
print(...mouth.answer(session, act.text as string, act.value));
if (act.linger) await sleep(300_000);
// The real ones fetch their servers home, too; nothing here is left to wait for.
process.exit(0);

/** Notes in `answers` what each tool answered. */
async function callAll(calls: NonNullable<Act["calls"]>): Promise<void> {
  const [name, server] = Object.entries(given.servers)[0] ?? [];
  if (name === undefined || server === undefined) throw new Error("there is no server");
  if (!given.allowed.includes(mouth.toolName(name, "*"))) throw new Error("its tools may not be called");
  const client = new Client({ name: "fake", version: "1" });
  const { url, headers } = server;
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  const { tools } = await client.listTools();
  await Promise.all(
    calls.map(async ({ tool, args, after }) => {
      const isReady = () => after === undefined || existsSync(join(dir, after));
      while (!isReady()) await sleep(20);
      const { content, isError } = await client.callTool({ name: tool, arguments: args });
      const offered = tools.map((one) => one.name);
      appendFileSync(
        join(dir, "answers"),
        `${JSON.stringify({ tool, content, isError: isError === true, offered })}\n`,
      );
    }),
  );
  await client.close();
}
