// Secrets that agents and tools give away in every way they can: none may be found afterwards. The same search finds a text
// that is no secret, so that the tests can fail.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FakeApi, startFakeApi } from "../agents/fake-api.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { historyText } from "./history-text.ts";
import { findInCommands, findInFolder, findLeaks } from "./find-leaks.ts";

const SECRET = 'sEcret/Kx8+Qq2"Zy=7Wv~Tb5';
const PIN = "482915";
const tell = resolve("test/secrets/telling-server.ts");

let api: FakeApi;
let echo: { url: string; close(): void };
let project: TestProject;
let temporary: string;
const before = { tmp: process.env["TMPDIR"] };
beforeAll(async () => {
  // A folder of its own for all that goes into the temporary folder.
  temporary = mkdtempSync(join(tmpdir(), "aiworkflow-secrets-"));
  mkdirSync(join(temporary, "tmp"));
  process.env["TMPDIR"] = join(temporary, "tmp");
  // A name that does not look like that of a secret.
  process.env["HIDDEN"] = SECRET;
  process.env["HIDDEN_PIN"] = PIN;
  api = await startFakeApi();
  echo = await startEcho();
  project = await openProject({
    "aiworkflow.yaml": `agents:
  claude: { kind: anthropic, base-url: "${api.url}", api-key-env: HIDDEN }
  gpt: { kind: openai, base-url: "${api.url}/v1", api-key-env: HIDDEN, options: { api: responses } }
  local: { kind: openai-compatible, model: llama-test, base-url: "${api.url}/v1", api-key-env: HIDDEN }
`,
    "registry.yaml": `tools:
  told: { kind: mcp, command: node, args: ["${tell}"], env: { TOKEN: "\${{ secrets.HIDDEN }}" } }
  dying: { kind: mcp, command: node, args: ["${tell}", dies], env: { TOKEN: "\${{ secrets.HIDDEN }}" } }
  bearer: { kind: http, base-url: "${echo.url}", allow-addresses: [127.0.0.1], auth: { bearer: "\${{ secrets.HIDDEN }}" }, operations: { get: { path: /echo }, refuse: { path: /refuse }, late: { path: /late } } }
  login: { kind: http, base-url: "${echo.url}", allow-addresses: [127.0.0.1], auth: { basic: { username: ann, password: "\${{ secrets.HIDDEN }}" } }, operations: { get: { path: /echo } } }
  query: { kind: http, base-url: "${echo.url}", allow-addresses: [127.0.0.1], query: { key: "\${{ secrets.HIDDEN }}" }, operations: { get: { path: /echo }, refuse: { path: /refuse } } }
`,
    "tools/sly.sh":
      '#!/bin/bash\ncase $1 in fails) head -c 3000 /dev/zero | tr "\\0" y >&2; printf %s "$TOKEN" >&2; head -c 1985 /dev/zero | tr "\\0" z >&2; exit 3;; *) printf "{\\"t\\": \\"%s\\"}" "$(printf "ann:%s" "$TOKEN" | base64 -w0)";; esac\n',
    "tools/sly.yaml":
      'env: { TOKEN: "${{ secrets.HIDDEN }}" }\noperations: { says: { effect: read }, fails: { effect: read } }\n',
    "tools/mod.module.ts":
      'export const operations = {\n  says: { effect: "read", call: (_: object, { env }: { env: Record<string, string> }) => ({ [env["TOKEN"] as string]: [env["TOKEN"]] }) },\n  fails: { effect: "read", call: (_: object, { env }: { env: Record<string, string> }) => { throw new Error("x".repeat(50) + env["TOKEN"]); } },\n  dies: { effect: "read", call: (_: object, { env }: { env: Record<string, string> }) => { process.stderr.write(env["TOKEN"] + "z".repeat(1985)); process.exit(4); } },\n};\n',
    "tools/mod.yaml": 'env: { TOKEN: "${{ secrets.HIDDEN }}" }\noperations: {}\n',
  });
});
afterAll(async () => {
  await project.close();
  await api.close();
  echo.close();
  if (before.tmp === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before.tmp;
  rmSync(temporary, { recursive: true, force: true });
});
beforeEach(() => api.forget());

const once = "effect: read\nretry: { max-attempts: 1 }\ncontinue-on-error: true";
const head = "---\nsecrets: [HIDDEN, HIDDEN_PIN]\n---\n";
const script = (body: string, yaml = "env: { IT: '${{ secrets.HIDDEN }}' }") =>
  `${head}## Run\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${once}\n${yaml}\n\`\`\`\n`;
const call = (name: string) => `${head}## Call\n\`\`\`yaml step\nuses: ${name}\n${once}\n\`\`\`\n`;

/** Runs it and looks everywhere. */
async function leaksOf(markdown: string, secret = SECRET) {
  const run = await project.start(markdown);
  const report = await project.follow(run);
  expect(findInFolder(join(temporary, "tmp"), secret).filter((file) => !file.startsWith(project.dir))).toEqual([]);
  return { run, report, leaks: await findLeaks(project, run, secret) };
}

test("the search finds what is no secret: in history, reports, commands, the server's files and the temporary folder", async () => {
  const planted = "pLanted-text/0123456789abcdef";
  const { run, leaks } = await leaksOf(script(`echo '${planted}'`, ""), planted);
  expect(await findInCommands(project, run, planted)).toEqual([`show ${run}`, `show ${run} --json`, `log ${run}`]);
  for (const place of ["history", "report", "temporal.db"])
    expect(
      leaks.some((leak) => leak.startsWith(place)),
      `${place} in ${leaks.join()}`,
    ).toBe(true);
  project.write("planted", planted);
  expect(findInFolder(join(temporary, "tmp"), planted)).toContain(join(project.dir, "planted"));
  project.remove("planted");
  // Large values are in the store alone.
  const large = await leaksOf(script(`echo '${planted}2'; head -c 9000 /dev/zero | tr '\\0' x`), `${planted}2`);
  expect(large.leaks.some((leak) => leak.startsWith("artifacts/"))).toBe(true);
});

describe("a script may print", () => {
  test.each([
    ["it", 'echo "$IT"'],
    [
      "it as JSON",
      'jq -n --arg it "$IT" "{(\\$it): [\\$it]}" 2>/dev/null || node -p "JSON.stringify({[process.env.IT]: [process.env.IT]})"',
    ],
    ["it in base64, behind other text", 'printf "login:%s!" "$IT" | base64 -w0'],
    ["it for a URL", "node -p 'encodeURIComponent(process.env.IT)'"],
    [
      "it when it fails, where the message is cut",
      'printf "%s" "$IT" >&2; head -c 1985 /dev/zero | tr "\\0" z >&2; exit 3',
    ],
    [
      "it on its output when it fails, where the details are cut",
      'printf "%s" "$IT"; head -c 1985 /dev/zero | tr "\\0" z; exit 3',
    ],
  ])("%s", async (_, body) => {
    const { run, report, leaks } = await leaksOf(script(body));
    expect(leaks).toEqual([]);
    if (body.includes("exit 3")) expect(await findInCommands(project, run, SECRET)).toEqual([]);
    expect(JSON.stringify(report)).toMatch(/\*\*\*|z{100}/);
  });

  test("it where JSON is wanted, and the message is cut", async () => {
    const body = 'head -c 190 /dev/zero | tr "\\0" z; printf "%s" "$IT"';
    const { report, leaks } = await leaksOf(
      script(body, "env: { IT: '${{ secrets.HIDDEN }}' }\noutput: { n: integer }"),
    );
    expect(report.steps[0]?.error?.code).toBe("script/output-not-json");
    expect(leaks).toEqual([]);
  });

  test("it from a file that another step wrote", async () => {
    const write =
      "## Write\n```bash run\nprintf %s \"$IT\" > kept\n```\n```yaml step\nenv: { IT: '${{ secrets.HIDDEN }}' }\n```\n";
    const { report, leaks } = await leaksOf(`${head}${write}## Read\n\`\`\`bash run\ncat kept\n\`\`\`\n`);
    expect(report.steps[1]?.output).toBe("***");
    expect(leaks).toEqual([]);
  });

  test("a number that is a secret: it is masked, and the value stays JSON", async () => {
    const run = await project.start(
      script('echo "{\\"n\\": $PIN, \\"list\\": [1, $PIN]}"', "env: { PIN: '${{ secrets.HIDDEN_PIN }}' }"),
    );
    expect((await project.follow(run)).steps[0]).toMatchObject({
      status: "completed",
      output: { n: "***", list: [1, "***"] },
    });
    expect(await historyText(project.connected, run)).not.toContain(PIN);
  });
});

describe("a tool may tell", () => {
  test.each([
    "told.says",
    "told.fails",
    "told.dies",
    "dying.says",
    "bearer.get",
    "bearer.refuse",
    "bearer.late",
    "login.get",
    "query.get",
    "query.refuse",
    "sly.says",
    "sly.fails",
    "mod.says",
    "mod.fails",
    "mod.dies",
  ])("%s", async (name) => {
    const { report, leaks } = await leaksOf(call(name));
    expect(report.steps[0]?.status).toBe(
      /\.(says|get)$/.test(name) && !name.startsWith("dying") ? "completed" : "failed",
    );
    expect(leaks).toEqual([]);
  });
});

test.each(["told.says", "told.fails", "login.get", "bearer.refuse", "mod.dies"])(
  "`tools call %s` prints no secret either",
  async (name) => {
    const { stdout, stderr } = await runCommand(project.dir, "tools", "call", name, "--json");
    expect(stdout).toContain(name.split(".")[1]);
    for (const form of [SECRET.slice(0, 13), SECRET.slice(-13), encodeURIComponent(SECRET)])
      expect(stdout + stderr).not.toContain(form);
  },
);

describe.each(["claude", "gpt", "local"])("a model of %s may say", (agent) => {
  const ask = (more = "") => `## Ask\nHello.\n\`\`\`yaml step\nagent: ${agent}\n${once}\n${more}\n\`\`\`\n`;

  test("its key in its answer, in pieces, and in its thoughts", async () => {
    api.script({ thinking: `The key is ${SECRET}`, pieces: ["It is ", SECRET.slice(0, 9), SECRET.slice(9), "."] });
    const { report, leaks } = await leaksOf(ask());
    expect(report.steps[0]?.output).toBe("It is ***.");
    expect(leaks).toEqual([]);
  });

  test("its key as an argument, which a tool gives back", async () => {
    api.script(
      { calls: [{ id: "c1", name: "told__repeats", json: JSON.stringify({ value: SECRET }) }] },
      { text: `Told ${SECRET}` },
    );
    const { report, leaks } = await leaksOf(ask("tools: [told.repeats]"));
    expect(report.steps[0]).toMatchObject({ status: "completed", output: "Told ***" });
    expect(leaks).toEqual([]);
  });

  test("its key where it refuses it", async () => {
    api.script({ status: 401, type: `bad key ${SECRET}` });
    const { report, leaks } = await leaksOf(ask());
    expect(report.steps[0]?.error?.code).toBe("agent/unauthorized");
    expect(leaks).toEqual([]);
  });
});

test.each(["claude", "gpt", "local"])("`agent test %s` prints and keeps no key", async (agent) => {
  api.script({ text: `It is ${SECRET}` }, { status: 401, type: `bad key ${SECRET}` });
  for (const ok of [true, false]) {
    const { stdout, stderr } = await runCommand(project.dir, "agent", "test", agent, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ ok });
    expect(stdout + stderr).not.toContain(SECRET.slice(0, 13));
  }
  const state = join(project.dir, ".aiworkflow", "artifacts");
  expect(findInFolder(state, SECRET)).toEqual([]);
});

/** A server that gives back what it was sent; `/late` lets a cut fall into it. */
async function startEcho() {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://x").pathname;
    const said = JSON.stringify({ headers: request.headers, url: request.url });
    response.setHeader("x-echo", Buffer.from(request.headers.authorization ?? "").toString("base64"));
    response.setHeader("content-type", path === "/late" ? "text/plain" : "application/json");
    response.statusCode = path === "/echo" ? 200 : 400;
    response.end(path === "/late" ? `${"z".repeat(985)}${SECRET}` : said);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
