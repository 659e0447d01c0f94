import { spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "../plan/json.ts";
import { moduleFileName } from "../plan/module-file.ts";
import { programFile } from "../system/package-root.ts";

const TIMEOUT_MS = 10_000;
/** Raised by one when the program says something else of the same file. */
const FORMAT = 1;
/** Node's own switch for the operating system's permission model: what a module does when it is loaded is not for us. */
const PERMISSIONS = ["--permission", "--allow-fs-read=*"];

type ModuleFacts = { readonly operations: JsonObject } | { readonly fault: string };

/**
 * A function that loads a module in a process of its own, which may read files and nothing else, and says what it exports.
 * What was said of a file once is remembered in the state folder by its digest.
 */
export function createModuleReader(stateDir: string): (path: string, bytes: Uint8Array) => ModuleFacts {
  return (path, bytes) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const folder = join(stateDir, "unpacked", sha256);
    const remembered = join(folder, `operations-${FORMAT}.json`);
    const known = readJson(remembered);
    if (isJsonObject(known)) return { operations: known };
    try {
      mkdirSync(folder, { recursive: true });
      // It is loaded from where a run loads it, so that an import that a run would miss is missed here.
      const file = join(folder, moduleFileName(path));
      // A worker may be about to load it.
      const temporary = `${file}.${randomUUID()}`;
      writeFileSync(temporary, bytes);
      renameSync(temporary, file);
      const facts = describe(file);
      if ("operations" in facts) writeFileSync(remembered, JSON.stringify(facts.operations));
      return facts;
    } catch (error) {
      return { fault: `it cannot be read: ${(error as Error).message}` };
    }
  };
}

function describe(file: string): ModuleFacts {
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    [...PERMISSIONS, programFile("tools", "module-main"), "describe", file],
    {
      env: { PATH: process.env["PATH"] ?? "" },
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
      maxBuffer: 4 * 1024 * 1024,
      encoding: "utf8",
    },
  );
  const said = parseJson(stdout.slice(stdout.lastIndexOf("\n") + 1));
  if (isJsonObject(said) && isJsonObject(said["operations"])) return { operations: said["operations"] };
  if (isJsonObject(said) && typeof said["fault"] === "string") return { fault: said["fault"] };
  if (signal !== null) return { fault: `loading it took more than ${TIMEOUT_MS / 1000} s` };
  return { fault: `it ended while it was loaded: ${stderr.trim().slice(-500)}` };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
