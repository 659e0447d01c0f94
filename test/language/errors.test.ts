import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { catalogue } from "../../src/diagnostics/catalogue.ts";
import { languageCodes } from "../../src/diagnostics/codes/language.ts";
import { projectCodes } from "../../src/diagnostics/codes/project.ts";
import { renderDiagnostic } from "../../src/diagnostics/render-diagnostic.ts";
import { findPlanFault } from "../../src/plan/check-plan.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import { errorCases } from "./error-cases.ts";
import { spentMs } from "./spent-ms.ts";

/** Codes that need more than files: the tests of the command line and of inputs cause them. */
const CAUSED_ELSEWHERE = /^(cli|input|internal)\/|^file\/(not-found|is-directory|unreadable|unusable|bad-history)$/;
const MOST_MS = 1000;

/** The temporary folder, however it is written. */
const PLACE = /[^\s`]*aiworkflow-errors-[^/]*\//g;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-errors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(Object.entries(errorCases))("%s", (name, given) => {
  const { workflow, files = {} } =
    typeof given === "string" || given instanceof Uint8Array ? { workflow: given } : given;

  test("is found at once, with place, hint and the text of test/errors", async () => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const file = join(folder, "workflow.md");
    writeFileSync(file, workflow);
    let loaded: ReturnType<typeof loadWorkflow> | undefined;
    expect(spentMs(() => (loaded = loadWorkflow(file, { env: {} })))).toBeLessThan(MOST_MS);
    const { plan, diagnostics, text } = loaded as ReturnType<typeof loadWorkflow>;
    const code = name.split(" ", 1)[0] as string;
    expect(diagnostics.map((one) => one.code)).toContain(code);
    for (const one of diagnostics) {
      expect(one.hint).not.toBe("");
      expect(one.message).not.toBe("");
      expect(Object.hasOwn(catalogue, one.code), one.code).toBe(true);
    }
    if (diagnostics.some(({ severity }) => severity === "error")) expect(plan).toBeUndefined();
    if (plan !== undefined) expect(findPlanFault(plan as unknown as JsonObject)).toBeUndefined();
    const rendered = diagnostics
      .map((one) => renderDiagnostic(one, one.file === file ? text : read(one.file)).replaceAll(PLACE, ""))
      .join("\n");
    expect(rendered.split("\n").every((line) => line.length < 450)).toBe(true);
    await expect(rendered).toMatchFileSnapshot(resolve("test/errors", `${name.replaceAll(/[/ ]/g, ".")}.txt`));
  });
});

function read(file: string | undefined): string {
  try {
    return file === undefined ? "" : readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

test("every code that a file can cause has its case", () => {
  const cased = new Set(Object.keys(errorCases).map((name) => name.split(" ", 1)[0]));
  const fromFiles = Object.keys({ ...languageCodes, ...projectCodes }).filter((code) => !CAUSED_ELSEWHERE.test(code));
  expect(fromFiles.filter((code) => !cased.has(code))).toEqual([]);
});

test("every code in the source is in the catalogue, and every code of the catalogue is used", () => {
  const areas = [...new Set(Object.keys(catalogue).map((code) => code.split("/", 1)[0]))].join("|");
  const used = new Map<string, number>();
  for (const path of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts")) continue;
    const text = readFileSync(join("src", path), "utf8");
    const weight = path.startsWith("diagnostics/codes/") ? 0 : 1;
    for (const [, code] of text.matchAll(new RegExp(`"((?:${areas})/[a-z0-9]+(?:-[a-z0-9]+)*)"`, "g")))
      used.set(code as string, (used.get(code as string) ?? 0) + weight);
  }
  expect([...used.keys()].filter((code) => !Object.hasOwn(catalogue, code))).toEqual([]);
  expect(Object.keys(catalogue).filter((code) => !used.get(code))).toEqual([]);
});

/** Codes that no test can bring about, and why. */
const UNTRIED: Readonly<Record<string, string>> = {
  "internal/bug": "says that the program itself is wrong",
  "approval/refused": "stands where a run refuses without a code; ours always has one",
  "run/failed": "stands where a run ended without a code before it could report; ours always has one",
  "step/postponed": "is taken back by the server's next attempt, and never an end",
  "worker/stalled": "needs a machine that sleeps; `npm run crash` stops workers for that long",
  "worker/no-fast": "needs another release of the Temporal SDK; `findFastObstacle` is tried",
  "run/cancelled": "stands where a run was cancelled before it could say so itself",
  "agent/tool-names-collide": "is what the compiler refuses where it knows the operations",
};

test("every code is named by a test that brings it about, or has a reason why not", () => {
  const texts = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path !== "language/errors.test.ts")
    .map((path) => readFileSync(join("test", path), "utf8"));
  const untried = Object.keys(catalogue).filter((code) => !texts.some((text) => text.includes(code)));
  expect(untried.sort()).toEqual(Object.keys(UNTRIED).sort());
});

test("the file of each case still belongs to a case", () => {
  const names = new Set(Object.keys(errorCases).map((name) => `${name.replaceAll(/[/ ]/g, ".")}.txt`));
  expect(readdirSync("test/errors").filter((file) => !names.has(file))).toEqual([]);
});
