import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport, type Transport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { ToolSpec } from "../src/plan/plan.ts";
import { findFreePort } from "../src/server/free-port.ts";
import { callOperation } from "../src/tools/call-operation.ts";
import { closeTools } from "../src/tools/close-tools.ts";
import { createLocalContext } from "../src/tools/local-context.ts";
import { everything as program } from "../test/tools/reference-servers.ts";
import type { Bench } from "./bench.ts";
import { ratioRow, type Row } from "./row.ts";
import { median } from "./statistics.ts";

const CALLS = 200;
const MESSAGE = { message: "hello" };

/** One call of an MCP server, as a tool step makes it inside its activity, and by the SDK's bare client. */
export async function compareTools({ pairs: count, scale }: Bench): Promise<readonly Row[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiworkflow-bench-"));
  const port = await findFreePort(0);
  const far = spawn(process.execPath, [program, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await once(far.stderr, "data");
    const url = `http://127.0.0.1:${port}/mcp`;
    const calls = CALLS / scale;
    const command = process.execPath;
    const near = new StdioClientTransport({ command, args: [program], stderr: "ignore" });
    const compared = [
      ["over stdio", { kind: "mcp", command, args: [program] }, near],
      ["over HTTP", { kind: "mcp", url }, new StreamableHTTPClientTransport(new URL(url))],
    ] as const;
    const rows: Row[] = [];
    for (const [how, spec, transport] of compared)
      rows.push(
        await compareCalls(how, { spec: { ...spec, operations: {}, pinned: true }, transport, dir, calls, count }),
      );
    return rows;
  } finally {
    await closeTools();
    far.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

async function compareCalls(
  how: string,
  told: { spec: ToolSpec; transport: Transport; dir: string; calls: number; count: number },
): Promise<Row> {
  const { spec, transport, dir, calls, count } = told;
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(transport);
  const bare = () => client.callTool({ name: "echo", arguments: MESSAGE });
  const place = { env: process.env, projectDir: dir, stateDir: dir, files: new Map<string, Uint8Array>() };
  const contextFor = async (name: string, one: ToolSpec) => ({
    ...createLocalContext(name, one, { ...place, signal: new AbortController().signal }),
    key: "bench",
  });
  const request = { name: "far", spec, operation: "echo", args: MESSAGE };
  const { pins } = await callOperation(request, { contextFor, pins: {} });
  const ours = () => callOperation(request, { contextFor, pins });
  // Connected and warm before it counts.
  await alternate(calls, ours, bare);
  const values: number[] = [];
  for (let pair = 0; pair < count; pair += 1) values.push(await alternate(calls, ours, bare));
  await client.close();
  return ratioRow(`a call of an MCP server ${how}`, "the SDK's client", { values, atMost: 2 });
}

/** How many times longer one call takes than the other: medians of calls in alternating order. */
async function alternate(calls: number, one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let index = 0; index < calls * 2; index += 1) {
    // one other other one …
    const which = index % 4 === 0 || index % 4 === 3 ? 0 : 1;
    const startedAt = performance.now();
    await (which === 0 ? one() : other());
    times[which].push(performance.now() - startedAt);
  }
  return median(times[0]) / median(times[1]);
}
