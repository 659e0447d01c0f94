// The ledger, a process of its own that nobody kills: writes down every call with fsync before it answers, and applies the
// effect of a key once. Its parent hears of each entry.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Entry } from "./ledger.ts";

const file = openSync(process.argv[2] as string, "a");
const applied = new Set<string>();
const tries = new Map<string, number>();
let seq = 0;

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    const told = JSON.parse(body) as Omit<Entry, "seq" | "atMs" | "applied">;
    const isNew = told.what === "effect" && !applied.has(told.key);
    if (isNew) applied.add(told.key);
    const entry: Entry = { seq: (seq += 1), atMs: Date.now(), ...told, applied: isNew };
    writeSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
    process.send?.(entry);
    const place = `${told.tag}/${told.step}`;
    const count = (tries.get(place) ?? 0) + (told.what === "tried" ? 1 : 0);
    tries.set(place, count);
    response.end(String(count));
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => {
  closeSync(file);
  process.exit(0);
});
