import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProject } from "../../src/bundle/load-project.ts";
import { loadWorkflow } from "../../src/bundle/load-workflow.ts";
import { TOOL_KINDS } from "../../src/language/tool-kinds/tool-kind-parsers.ts";
import { renderReference } from "../../src/cli/render-reference.ts";
import { AGENT_KINDS, agentKinds } from "../../src/language/agent-kinds.ts";
import { parse } from "yaml";

const pages = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "AGENTS.md",
  "CHANGELOG.md",
  "temporal/README.md",
  "bench/README.md",
].concat(
  ["docs", "decisions"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  ),
);

/** Fenced blocks with this info string, with the line each begins on. */
function blocks(page: string, info: string): readonly { readonly line: number; readonly body: string }[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^(`{3,})([^\n`]*)\n([\s\S]*?)^\1\s*$/gm)]
    .filter(([, , found]) => found?.trim() === info)
    .map(({ index, 3: body }) => ({ line: text.slice(0, index).split("\n").length, body: body as string }));
}

const workflows = pages.flatMap((page) => blocks(page, "markdown").map((block) => ({ page, ...block })));

test("docs/cli.md is what the table of commands says; `npm run docs` writes it", () => {
  expect(readFileSync("docs/cli.md", "utf8")).toBe(renderReference());
});

describe("workflows in the documentation", () => {
  test("are found", () => {
    expect(workflows.length).toBeGreaterThanOrEqual(4);
  });

  test.each(workflows)("$page:$line compiles", ({ page, body }) => {
    const folder = mkdtempSync(join(tmpdir(), "aiworkflow-docs-"));
    try {
      writeFileSync(join(folder, "workflow.md"), body);
      // A page about documents shows one, and the tools that are made of it.
      for (const [key, file] of [
        ["openapi", "shop.yaml"],
        ["tools", "registry.yaml"],
      ] as const) {
        const shown = blocks(page, "yaml").find((one) => Object.hasOwn(parse(one.body), key));
        if (shown !== undefined) writeFileSync(join(folder, file), shown.body);
      }
      expect(loadWorkflow(join(folder, "workflow.md"), { env: { ANTHROPIC_API_KEY: "x" } }).diagnostics).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test.each(blocks("docs/costs.md", "yaml").filter(({ body }) => !Object.hasOwn(parse(body), "greet")))(
  "the project file of docs/costs.md:$line is accepted as it stands",
  ({ body }) => {
    const folder = mkdtempSync(join(tmpdir(), "aiworkflow-docs-"));
    try {
      writeFileSync(join(folder, "aiworkflow.yaml"), body);
      expect(loadProject(folder, {}).diagnostics).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("project files in the language reference are accepted as they stand", () => {
  const folder = mkdtempSync(join(tmpdir(), "aiworkflow-docs-"));
  const find = (key: string) => {
    const found = blocks("docs/language.md", "yaml").find(({ body }) => Object.hasOwn(parse(body), key));
    if (found === undefined) throw new Error(`no block with ${key}`);
    return found.body;
  };
  try {
    writeFileSync(join(folder, "aiworkflow.yaml"), find("agent"));
    writeFileSync(join(folder, "replies.yaml"), find("greet"));
    writeFileSync(join(folder, "registry.yaml"), find("tools"));
    writeFileSync(join(folder, "capabilities.yaml"), find("local"));
    writeFileSync(join(folder, "workflow.md"), "## Read\n```yaml step\nuses: mail.read_message\n```\n");
    const { diagnostics, plan } = loadWorkflow(join(folder, "workflow.md"), { env: {} });
    expect(diagnostics).toEqual([]);
    expect(plan?.steps[0]).toMatchObject({ effect: "read" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the agents of docs/agents.md are accepted as they stand, and every setting and kind is described", () => {
  const text = readFileSync("docs/agents.md", "utf8");
  const folder = mkdtempSync(join(tmpdir(), "aiworkflow-docs-"));
  try {
    const [config, capabilities] = blocks("docs/agents.md", "yaml");
    const [provider] = blocks("docs/agents.md", "ts");
    mkdirSync(join(folder, "agents"));
    writeFileSync(join(folder, "aiworkflow.yaml"), config?.body ?? "");
    writeFileSync(join(folder, "capabilities.yaml"), capabilities?.body ?? "");
    writeFileSync(join(folder, "agents", "shout.ts"), provider?.body ?? "");
    writeFileSync(join(folder, "replies.yaml"), "say: [Hello.]\n");
    writeFileSync(join(folder, "workflow.md"), "## Say\n```yaml step\nagent: mine\n```\nHello.\n");
    expect(loadWorkflow(join(folder, "workflow.md"), { env: {} }).diagnostics).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const named = [...AGENT_KINDS, ...Object.values(agentKinds).flatMap(({ keys }) => keys)];
  expect(named.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

describe("tools in docs/tools.md", () => {
  const load = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "aiworkflow-docs-"));
    try {
      mkdirSync(join(folder, "tools"));
      for (const [path, text] of Object.entries({ "aiworkflow.yaml": "", ...files }))
        writeFileSync(join(folder, path), text);
      const { diagnostics, toolEntries } = loadProject(folder, {});
      expect(diagnostics).toEqual([]);
      return toolEntries;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const [module = { line: 0, body: "" }] = blocks("docs/tools.md", "ts");
  const yaml = blocks("docs/tools.md", "yaml");

  test.each(yaml.filter(({ body }) => body.startsWith("tools:")))("line $line is a registry", ({ body }) => {
    const files = { "search.py": "", "search.ts": module.body };
    expect(Object.keys(load({ ...files, "registry.yaml": body }))).toEqual(Object.keys(parse(body).tools));
  });

  test.each(yaml.filter(({ body }) => body.startsWith("operations:")))(
    "line $line stands beside a script",
    ({ body }) => {
      const { notes } = load({ "tools/notes.py": "", "tools/notes.yaml": body });
      expect(notes?.implementations[0]?.spec).toMatchObject({
        kind: "script",
        operations: { find: { effect: "read" } },
      });
    },
  );

  test("the module is one", () => {
    const { notes } = load({ "tools/notes.module.ts": module.body });
    expect(notes?.implementations[0]?.spec).toMatchObject({ kind: "module", operations: { find: { effect: "read" } } });
  });

  test("all blocks are looked at", () => {
    expect(yaml.every(({ body }) => /^(tools|operations):/.test(body))).toBe(true);
    expect(yaml.length).toBeGreaterThan(3);
  });
});

test("every kind of tool and every key of an operation stands in docs/tools.md", () => {
  const text = readFileSync("docs/tools.md", "utf8");
  const source = ["parse-tool-spec.ts", "parse-operations.ts"]
    .map((file) => /KEYS = \[([\s\S]*?)\]/.exec(readFileSync(join("src/language/tool-kinds", file), "utf8"))?.[1] ?? "")
    .join();
  const words = [...TOOL_KINDS, ...[...source.matchAll(/"([a-z-]+)"/g)].map(([, key]) => key as string)];
  expect(words.length).toBeGreaterThan(15);
  expect(words.filter((word) => !new RegExp(`[\`{ ,]${word}[\`: ,}]`).test(text))).toEqual([]);
});

test.each(pages)("%s has no link into nowhere", (page) => {
  const text = readFileSync(page, "utf8").replaceAll(/^(`{3,})[\s\S]*?^\1\s*$/gm, "");
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(local.filter((link) => !existsSync(resolve(dirname(page), link)))).toEqual([]);
});

test("every key of the language and every tool kind stands in the reference", () => {
  const text = readFileSync("docs/language.md", "utf8");
  const source = [
    "src/language/compile/front-matter.ts",
    "src/language/compile/compile-step.ts",
    "src/language/parse-field.ts",
  ]
    .map((file) => /KEYS = \[([\s\S]*?)\]/.exec(readFileSync(file, "utf8"))?.[1] ?? "")
    .join();
  const keys = [...source.matchAll(/"([a-z-]+)"/g)].map(([, key]) => key as string);
  expect(keys.length).toBeGreaterThan(30);
  expect(keys.filter((key) => !new RegExp(`[\`{ ,]${key}[\`: ,}]`).test(text))).toEqual([]);
});
