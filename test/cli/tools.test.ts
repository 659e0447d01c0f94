import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beginCommand, runCommand } from "../command-line.ts";
import { everything } from "../tools/reference-servers.ts";

const files = {
  "aiworkflow.yaml": "",
  "tools/two.py": 'import sys, json\nprint(json.dumps({"operation": sys.argv[1], "given": json.load(sys.stdin)}))\n',
  "tools/two.yaml":
    "category: sums\noperations:\n  add: { description: Adds, parameters: { a: integer, name: string }, effect: read }\n  drop: { description: Drops, cost: { usd: 0.5 }, timeout: 2s, concurrency: 1 }\n",
  "tools/other.sh": "#!/bin/sh\necho the other one\n",
  "tools/notes.module.ts":
    'export const operations = {\n  find: { description: "Finds", effect: "read", call: () => ({ found: 1 }) },\n  fail: { call() { throw new Error("not today"); } },\n  hang: { timeout: "500ms", call: () => new Promise((done) => setTimeout(done, 60_000)) },\n};\n',
  "registry.yaml": `tools:
  near: { kind: mcp, command: node, args: ["${everything}"] }
  dead: { kind: mcp, command: nowhere-to-be-found, description: Never there }
  off: { kind: mcp, command: x, enabled: false }
  secret: { kind: mcp, command: node, args: [x], env: { TOKEN: "\${{ secrets.NO_SUCH_TOKEN }}" } }
  many:
    implementations: [{ kind: mcp, command: nowhere-to-be-found }, { kind: script, file: tools/two.py }]
    operations: { add: { effect: read } }
  half:
    implementations: [{ kind: script, file: tools/two.py, enabled: false }, { kind: script, file: tools/other.sh }]
    operations: { add: { effect: read } }
`,
  ".mcp.json": JSON.stringify({
    mcpServers: {
      git: { command: "npx", args: ["git-server"], env: { GIT_TOKEN: "ghp_123", LEVEL: "debug", HOME: "${HOME}" } },
      web: { type: "http", url: "https://example.com/mcp", headers: { Authorization: "Bearer abc" } },
      near: { command: "x" },
      paid: { url: "https://me:sk-0@example.com/mcp?api_key=sk-1&page=2" },
      flagged: { command: "y", args: ["--token", "sk-2", "--api-key=sk-3", "--port", "3"] },
    },
  }),
  ".cursor/mcp.json": "{ not json",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-tools-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCommand(folder, ...args, "--json");
  return { code, stderr, data: JSON.parse(stdout) as Record<string, unknown> };
};

test("tools list tells kind, operations, state and category of each, and of each way where there are several", async () => {
  const { code, data } = await json("tools", "list");
  expect(code).toBe(0);
  const tools = Object.fromEntries((data["tools"] as { name: string }[]).map((tool) => [tool.name, tool]));
  expect(tools["two"]).toMatchObject({
    kind: "script",
    state: "ok",
    category: "sums",
    operations: [
      { operation: "add", description: "Adds", effect: "read" },
      { operation: "drop", description: "Drops", usd: 0.5, timeoutMs: 2000, limits: { concurrency: 1 } },
    ],
  });
  expect(tools["notes"]).toMatchObject({ kind: "module", operations: [{ operation: "find" }, {}, {}] });
  expect(tools["near"]).toMatchObject({ kind: "mcp", state: "ok" });
  expect(tools["dead"]).toMatchObject({ state: "unreachable", reason: expect.stringContaining("nowhere-to-be-found") });
  expect(tools["off"]).toMatchObject({ state: "off", operations: [] });
  expect(tools["many"]).toMatchObject({
    kind: "script",
    state: "ok",
    implementations: [
      { kind: "mcp", state: "unreachable" },
      { kind: "script", state: "ok" },
    ],
  });
  const { stdout } = await runCommand(folder, "tools", "list");
  expect(stdout).toMatch(/^two\.add +script +ok +sums +Adds$/m);
  expect(stdout).toMatch(/^two\.drop +script +ok +sums +Drops$/m);
  expect(stdout).toMatch(/^dead +mcp +unreachable/m);
});

test("a new file in tools/ appears without other edits", async () => {
  writeFileSync(
    join(folder, "tools/fresh.module.js"),
    "export const operations = { a: { call() {} }, b: { call() {} } };\n",
  );
  const { data } = await json("tools", "show", "fresh");
  expect(data["tool"]).toMatchObject({ kind: "module", operations: [{ operation: "a" }, { operation: "b" }] });
  writeFileSync(join(folder, "tools/late.sh"), "#!/bin/sh\necho late\n");
  expect((await runCommand(folder, "tools", "list")).stdout).toMatch(/^late\.run +script +ok/m);
});

test("tools.yaml declares tools as registry.yaml does, and none that stands there", async () => {
  writeFileSync(
    join(folder, "tools.yaml"),
    "tools:\n  listed: { kind: script, file: tools/late.sh, operations: { go: { description: Goes. } } }\n",
  );
  const { stdout } = await runCommand(folder, "tools", "list");
  expect(stdout).toMatch(/^listed\.go +script +ok.*Goes\./m);
  writeFileSync(join(folder, "tools.yaml"), "tools:\n  dead: { kind: script, file: tools/late.sh }\n");
  const twice = await runCommand(folder, "tools", "list");
  expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining("dead stands in registry.yaml too")]);
  rmSync(join(folder, "tools.yaml"));
});

test("tools show prints schemas, effect and state", async () => {
  const { stdout, code } = await runCommand(folder, "tools", "show", "two");
  expect(code).toBe(0);
  expect(stdout).toContain("effect: at-most-once · timeout: 2 s · cost: 0.5 USD a call · at once: 1");
  expect(stdout).toContain('"required"');
  const dead = await runCommand(folder, "tools", "show", "dead");
  expect([dead.code, dead.stdout]).toEqual([1, expect.stringContaining("mcp: unreachable")]);
  const server = await json("tools", "show", "near");
  const { operations } = server.data["tool"] as { operations: { operation: string; parameters: object }[] };
  expect(operations.find(({ operation }) => operation === "get-sum")?.parameters).toMatchObject({
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  });
});

describe("tools call makes one real call", () => {
  test.each([
    ["two.add -i a=3 -i name=7", { operation: "add", given: { a: 3, name: "7" } }],
    ['two.add --arguments {"a":1,"name":"x"} -i a=2', { operation: "add", given: { a: 2, name: "x" } }],
    ["notes.find", { found: 1 }],
    ["near.get-sum -i a=1 -i b=2", "The sum of 1 and 2 is 3."],
    ["many.add", { operation: "add", given: {} }],
    ["half.add", "the other one"],
  ])("%s", async (line, output) => {
    const { code, data, stderr } = await json("tools", "call", ...line.split(" "));
    expect(code, stderr).toBe(0);
    expect(data["output"]).toEqual(output);
  });

  test.each([
    ["two.add -i a=x -i name=y", 1, "tool/invalid-arguments"],
    ["notes.fail", 1, "tool/failed"],
    ["notes.hang", 1, "step/timeout"],
    ["dead.x", 1, "tool/unreachable"],
    ["near.nothing", 1, "tool/"],
    ["off.x", 2, "step/tool-off"],
    ["notes.fnid", 2, "step/unknown-operation"],
    ["nots.find", 2, "did you mean notes?"],
    ["notes", 2, "TOOL.OPERATION"],
    ["secret.x", 2, "NO_SUCH_TOKEN"],
    ["two.add --arguments [1]", 2, "input/bad-form"],
    ["two.add -i a", 2, "input/bad-form"],
  ])("%s ends with %i, %s", async (line, exit, words) => {
    const { code, stdout, stderr } = await runCommand(folder, "tools", "call", ...line.split(" "));
    expect(stderr).toContain(words);
    expect([code, stdout]).toEqual([exit, ""]);
  });

  test("a failure is told in --json as every error is", async () => {
    const { code, data } = await json("tools", "call", "notes.fail");
    expect(code).toBe(1);
    expect(data).toMatchObject({
      version: 1,
      tool: "notes",
      operation: "fail",
      error: { code: "tool/failed", message: expect.stringContaining("not today") },
      diagnostics: [{ code: "tool/failed", severity: "error", hint: expect.any(String) }],
    });
  });

  describe("as a step would", () => {
    let shop: string;
    beforeAll(() => {
      shop = mkdtempSync(join(tmpdir(), "aiworkflow-shop-"));
      mkdirSync(join(shop, "tools"));
      writeFileSync(join(shop, "aiworkflow.yaml"), "");
      writeFileSync(
        join(shop, "tools/shop.sh"),
        '#!/bin/bash\necho "in $AIWORKFLOW_KEY" >> marks\nsleep 0.5\necho out >> marks\necho "\\"$TOKEN\\""\n[ "$1" = bad ] && echo "$TOKEN is wrong" >&2 && exit 1\nexit 0\n',
      );
      writeFileSync(
        join(shop, "tools/shop.yaml"),
        'env: { TOKEN: "${{ secrets.SHOP_TOKEN }}" }\noperations:\n  buy: { cost: { usd: 0.5 }, concurrency: 1 }\n  bad: { cost: { usd: 0.25 } }\n  rare: { rate: { requests-per-minute: 1 }, timeout: 1s }\n',
      );
      process.env["SHOP_TOKEN"] = "very-secret-token";
    });
    afterAll(() => rmSync(shop, { recursive: true, force: true }));
    const buy = () => runCommand(shop, "tools", "call", "shop.buy", "--json");

    test("no more at once than the operation allows, each with its cost and a key of its own, secrets masked", async () => {
      const [first, second] = await Promise.all([buy(), buy()]);
      for (const { code, stdout } of [first, second])
        expect([code, JSON.parse(stdout)]).toMatchObject([0, { output: "***", usd: 0.5 }]);
      const marks = readFileSync(join(shop, "marks"), "utf8").trim().split("\n");
      expect(marks.map((mark) => mark.split(" ")[0])).toEqual(["in", "out", "in", "out"]);
      expect(marks[0]).not.toBe(marks[2]);
    });

    test("what fails is paid and masked, too", async () => {
      const { code, stdout, stderr } = await runCommand(shop, "tools", "call", "shop.bad");
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("*** is wrong");
      expect(stderr).toContain("cost: $0.25");
      const { stdout: summary } = await runCommand(shop, "costs", "summary", "--by", "model", "--json");
      expect(JSON.parse(summary).rows).toMatchObject([
        { key: "shop.buy", calls: 2, usd: 1 },
        { key: "shop.bad", calls: 1, usd: 0.25 },
      ]);
    });

    test("a limit of the store refuses it: exit 4, and nothing is called", async () => {
      await runCommand(shop, "costs", "limits", "add", "day", "--usd", "1.5", "--period", "day");
      const { code, stderr, stdout } = await buy();
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: "budget/exceeded" } });
      expect(stderr).toContain("the limit day allows $1.50, and $1.25 are spent");
      expect(code).toBe(4);
    });

    test("its rate holds: a second call waits for its minute, which takes no time of its own, until it is interrupted", async () => {
      expect((await runCommand(shop, "tools", "call", "shop.rare")).code).toBe(0);
      const waiting = beginCommand(shop, "tools", "call", "shop.rare");
      await expect.poll(waiting.stderr, { timeout: 20_000 }).toContain("waits for a place of shop.rare");
      waiting.child.kill("SIGINT");
      expect(await waiting.ended).toBe(1);
      expect(waiting.stderr()).toContain("interrupted");
    });
  });

  test("nothing of it is left", () => {
    const children = join(folder, ".aiworkflow", "children");
    expect(readdirSync(children, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toEqual(
      [],
    );
  });
});

test("tools discover prints what may be added, and copies no secret", async () => {
  const { stdout, stderr, code } = await runCommand(folder, "tools", "discover");
  expect(code).toBe(0);
  expect(stdout).toContain("tools/notes.module.ts is the module notes: find, fail, hang");
  expect(stdout).toContain("Found in .mcp.json; add to registry.yaml");
  expect(stdout).not.toMatch(/ghp_123|Bearer abc|near:/);
  expect(stdout + stderr).not.toContain("sk-");
  expect(stderr).toContain("paid: api_key, password left out");
  expect(stderr).toContain("flagged: --token, --api-key left out");
  expect(stderr).toContain(".cursor/mcp.json is not JSON");
  const added = stdout.slice(stdout.indexOf("tools:\n"));
  writeFileSync(join(folder, "registry.yaml"), added);
  const { data } = await json("workflow", "list");
  expect(data["diagnostics"] ?? []).toEqual([]);
  const found = await json("tools", "discover");
  expect(found.data["servers"]).toMatchObject([
    {
      name: "git",
      known: true,
      entry: {
        command: "npx",
        env: { GIT_TOKEN: "${{ secrets.GIT_TOKEN }}", LEVEL: "debug", HOME: "${{ secrets.HOME }}" },
      },
    },
    { name: "web", entry: { headers: { Authorization: "Bearer ${{ secrets.AUTHORIZATION }}" } } },
    { name: "near", known: false },
    { name: "paid", entry: { url: "https://example.com/mcp?api_key=LEFT_OUT&page=2" } },
    { name: "flagged", entry: { args: ["--token", "LEFT_OUT", "--api-key=LEFT_OUT", "--port", "3"] } },
  ]);
});
