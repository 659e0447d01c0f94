// Finds, fetches, starts and keeps the Temporal server of a machine. May import plan and diagnostics. The settings are
// data in `temporal/`; `embedded-server.ts` is what commands use; `find-server.ts` says which server counts. Start here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../system/package-root.ts";

/** Flags of `temporal server start-dev` that come from the data in `temporal/`. */
export function readServerFlags(): readonly string[] {
  const dev = readData("dev-server.yaml") as DevServerData;
  const everywhere = Object.entries(readData("dynamic-config.yaml") as Record<string, readonly { value: unknown }[]>);
  const dynamic = [
    ...everywhere.map(([key, [first]]) => [key, first?.value] as const),
    ...Object.entries(dev["dynamic-config"]),
  ];
  return [
    ...dynamic.flatMap(([key, value]) => ["--dynamic-config-value", `${key}=${JSON.stringify(value)}`]),
    ...Object.entries(dev["sqlite-pragmas"]).flatMap(([key, value]) => ["--sqlite-pragma", `${key}=${value}`]),
  ];
}

/** How long closed runs are kept, in days. */
export function readRetentionDays(): number {
  return (readData("dev-server.yaml") as DevServerData)["retention-days"];
}

/** Name and type of every search attribute that runs carry. */
export function readSearchAttributes(): Readonly<Record<string, string>> {
  return readData("search-attributes.yaml") as Record<string, string>;
}

interface DevServerData {
  readonly "retention-days": number;
  readonly "sqlite-pragmas": Record<string, string>;
  readonly "dynamic-config": Record<string, unknown>;
}

function readData(name: string): unknown {
  return parse(readFileSync(join(packageRoot, "temporal", name), "utf8"));
}
