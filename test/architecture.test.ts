// The house as rules: which room may import which, what a sandboxed room may touch, how files are named and how long they
// may be. A rule that gets in the way is changed here, on purpose, with ARCHITECTURE.md.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { TOOL_KINDS } from "../src/language/tool-kinds/tool-kind-parsers.ts";
import { stepCompilers } from "../src/language/step-kinds/step-kinds.ts";
import { toolKinds } from "../src/tools/tool-kinds.ts";
import { stepKinds } from "../src/workflows/step-kinds/step-kinds.ts";

/** What each room may import besides itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  system: [],
  diagnostics: ["plan"],
  expressions: ["plan"],
  schema: ["plan"],
  artifacts: ["plan"],
  report: ["plan"],
  language: ["plan", "diagnostics", "expressions", "schema", "costs"],
  bundle: ["plan", "system", "diagnostics", "language"],
  workflows: ["plan", "expressions"],
  processes: ["plan", "system"],
  agents: ["plan", "system", "schema", "processes"],
  tools: ["plan", "system", "schema", "processes"],
  history: ["plan"],
  ledger: ["plan"],
  routing: ["plan", "ledger", "costs"],
  costs: ["plan"],
  streams: [],
  activities: [
    "plan",
    "expressions",
    "schema",
    "agents",
    "tools",
    "processes",
    "artifacts",
    "history",
    "ledger",
    "routing",
    "costs",
    "streams",
  ],
  server: ["plan", "diagnostics", "system"],
  worker: ["plan", "system", "processes", "artifacts", "ledger", "tools", "activities", "workflows"],
  client: ["plan", "diagnostics", "expressions", "artifacts", "history", "worker"],
  cli: [
    "plan",
    "diagnostics",
    "language",
    "bundle",
    "report",
    "agents",
    "tools",
    "server",
    "worker",
    "client",
    "activities",
    "history",
    "artifacts",
    "ledger",
    "routing",
    "costs",
    "streams",
  ],
};

/** Rooms that are bundled into the workflow sandbox, and the packages that each may import. */
const SANDBOXED: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  expressions: ["@marcbachmann/cel-js"],
  workflows: ["@temporalio/workflow", "@temporalio/common"],
};

const FORBIDDEN_NAMES = new Set([
  "utils",
  "util",
  "common",
  "helpers",
  "misc",
  "core",
  "lib",
  "manager",
  "types",
  "index",
]);
const MOST_LINES = 250;
const MEDIAN_LINES = 100;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const source = resolve("src");
const files: readonly SourceFile[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => {
    const text = readFileSync(join(source, path), "utf8");
    const imports = [...text.matchAll(/(?:\bfrom|\bimport\(?)\s*"([^"]+)"/g)].map(([, name]) => name as string);
    return { path, room: path.split("/")[0] as string, text, imports };
  });

function roomOf(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return relative(source, resolve(source, dirname(file.path), specifier)).split("/")[0];
}

test("there is source to look at, and imports are found in it", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length);
});

test("every room has its row in the table of arrows", () => {
  expect([...new Set(files.map((file) => file.room))].sort()).toEqual(Object.keys(ARROWS).sort());
});

test("ARCHITECTURE.md tells the same arrows", () => {
  const rows = readFileSync("ARCHITECTURE.md", "utf8").matchAll(/^\| `(\w+)` \| .* \| ([^|]*) \|$/gmu);
  const told = Object.fromEntries([...rows].map(([, room, allowed]) => [room as string, allowed]));
  const { cli, ...others } = told;
  expect(cli).toBe("all");
  for (const [room, allowed] of Object.entries(ARROWS))
    if (room !== "cli") expect(others[room], room).toBe(allowed.join(", ") || "nothing");
});

describe.each(Object.entries(ARROWS))("room %s", (room, allowed) => {
  test(`imports only ${allowed.join(", ") || "itself"}`, () => {
    const strangers = files
      .filter((file) => file.room === room)
      .flatMap((file) => file.imports.map((name) => ({ file: file.path, room: roomOf(file, name) })))
      .filter((arrow) => arrow.room !== undefined && arrow.room !== room && !allowed.includes(arrow.room));
    expect(strangers).toEqual([]);
  });

  test("begins with what it is for", () => {
    const described = files.some((file) => file.room === room && /^(#!.*\n)?\/\/ \w/.test(file.text));
    expect(described).toBe(true);
  });
});

test.each(Object.entries(SANDBOXED))(
  "the sandboxed room %s imports no Node module and only its packages",
  (room, allowed) => {
    const packages = files
      .filter((file) => file.room === room)
      .flatMap((file) =>
        file.imports.filter((name) => !name.startsWith(".")).map((name) => ({ file: file.path, name })),
      )
      .filter(({ name }) => !allowed.includes(name));
    expect(packages).toEqual([]);
  },
);

test("the SDKs of Temporal's client and of the model providers are loaded when they are needed, not before", () => {
  const heavy = /^import (?!type\b).*from "(openai|@anthropic-ai\/sdk|@temporalio\/(client|worker)|@clack\/prompts)"/m;
  const eager = files.filter(
    (file) => ["cli", "server", "bundle", "language"].includes(file.room) && heavy.test(file.text),
  );
  expect(eager.map((file) => file.path)).toEqual([]);
});

test("files are named in kebab-case after one thing, and nothing is called a drawer", () => {
  const names = files.flatMap((file) => file.path.replace(/\.ts$/, "").split("/"));
  expect(names.filter((name) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  expect(names.filter((name) => FORBIDDEN_NAMES.has(name))).toEqual([]);
});

test("exports are named; only the workflow bundle's entry has a default, because Temporal asks for one", () => {
  const defaults = files.filter((file) => /^export default/m.test(file.text)).map((file) => basename(file.path));
  expect(defaults).toEqual(["interpreter.ts"]);
});

test(`no file is longer than ${MOST_LINES} lines, and half of them have at most ${MEDIAN_LINES}`, () => {
  const lengths = files.map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }));
  expect(lengths.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(MEDIAN_LINES);
});

test("every exported thing says in a sentence what it is", () => {
  const silent = files.flatMap((file) =>
    [...file.text.matchAll(/^(.*)\n(?:export (?:async )?(?:function|interface|class|const|type) (\w+))/gm)]
      .filter(([, before]) => !/\*\/\s*$/.test(before as string))
      .map(([, , name]) => `${file.path}: ${name}`),
  );
  expect(silent).toEqual([]);
});

describe("adding a kind is one file and one line of a registry", () => {
  const filesIn = (folder: string, others: readonly string[] = []) =>
    files
      .filter((file) => dirname(file.path) === folder && !others.includes(basename(file.path)))
      .map((file) => basename(file.path, ".ts"))
      .sort();

  test("tool kinds: the compiler knows those that the worker has", () => {
    expect(Object.keys(toolKinds).sort()).toEqual(filesIn("tools/kinds"));
    expect([...TOOL_KINDS].sort()).toEqual(filesIn("tools/kinds"));
  });

  test("step kinds: a half that compiles and a half that runs", () => {
    const compiling = filesIn("language/step-kinds", ["step-kinds.ts", "step-compiler.ts"]);
    expect(stepCompilers.length).toBe(compiling.length);
    expect(Object.keys(stepKinds).sort()).toEqual(compiling);
    expect(filesIn("workflows/step-kinds", ["step-kinds.ts"])).toEqual(compiling);
  });

  test("commands: every file is loaded by the table", () => {
    const tables = files.filter(({ path }) => /^cli\/(command-table|[a-z]+-commands)\.ts$/.test(path));
    const table = tables.map(({ text }) => text).join("");
    expect(filesIn("cli/commands").filter((name) => !table.includes(`"./commands/${name}.ts"`))).toEqual([]);
  });
});
