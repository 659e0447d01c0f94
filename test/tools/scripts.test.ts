import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { isAlive } from "../../src/system/is-alive.ts";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

/** Notes what it was given, and where. */
const OPEN = `#!/bin/bash
{ printf '%s|' "$1" "$API_URL" "\${topic-unset}" "\${BASH_ENV-unset}" "\${NODE_OPTIONS-unset}" "\${LD_PRELOAD-unset}" "\${more-unset}"; command -v cat; cat; echo; } >> heard
`;

let project: TestProject;
beforeAll(async () => {
  process.env["WORKER_ONLY"] = "not for scripts";
  project = await openProject({
    "tools/greet.sh":
      '#!/bin/sh\necho "{\\"operation\\": \\"$1\\", \\"flag\\": \\"$2\\", \\"variable\\": \\"$name\\"}"\n',
    "tools/report.py": `import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("operation", choices=["count", "title"])
parser.add_argument("--text", required=True)
parser.add_argument("--times", type=int, default=1)
args = parser.parse_args()
words = args.text.split() * args.times
print(json.dumps({"words": len(words), "first": words[0]}) if args.operation == "count" else " ".join(words).title())
`,
    "tools/report.yaml":
      "operations: { count: { description: Counts, parameters: { text: string, times: 1 } }, title: { description: Writes large, parameters: { text: string } } }\n",
    "aiworkflow.yaml": "agents: { ann: { kind: recorded, replies: replies.yaml } }\n",
    "replies.yaml": `talk:
  - call: open.run
    with: { BASH_ENV: "$(touch pwned)", API_URL: "http://evil.test", PATH: /nowhere, NODE_OPTIONS: --bad, topic: sagas }
  - call: narrow.say
    with: { topic: sagas, LD_PRELOAD: /tmp/x.so, API_URL: "http://evil.test", more: 1 }
  - Done.
`,
    "tools/open.sh": OPEN,
    "tools/open.yaml": "env: { API_URL: http://good.test }\noperations: { run: { effect: read } }\n",
    "tools/narrow.sh": OPEN,
    "tools/narrow.yaml": `env: { API_URL: http://good.test }
operations:
  say:
    effect: read
    schema: { type: object, properties: { topic: { type: string }, LD_PRELOAD: { type: string }, API_URL: { type: string } } }
`,
    "tools/see.sh":
      "#!/bin/bash\ntr '\\0' '\\n' < /proc/$$/cmdline | base64 -w0 > seen; echo \"$plain $login\" | base64 -w0 >> seen\n",
    "node_modules/of-the-project/index.js": "export const answer = 42;\n",
    "node_modules/of-the-project/package.json": '{"type": "module", "exports": "./index.js"}',
  });
});
afterAll(() => project.close());

const script = (body: string, more = "effect: read", language = "bash") =>
  `## Run\n\`\`\`${language} run\n${body}\n\`\`\`\n\`\`\`yaml step\nretry: { max-attempts: 1 }\n${more}\n\`\`\`\n`;
const stepOf = async (body: string, more?: string, language?: string) => {
  const [step] = (await project.run(script(body, more, language))).steps;
  if (step === undefined) throw new Error("no step");
  return step;
};
const pidIn = async (file: string) => {
  await expect.poll(() => project.read(file).trim(), { timeout: 20_000 }).not.toBe("");
  return Number(project.read(file));
};

describe("output", () => {
  test.each([
    ["text is trimmed", "echo ' hello '", "hello"],
    ["JSON is a value", "echo '{\"a\": [1, 2]}'", { a: [1, 2] }],
    ["nothing is empty text", "true", ""],
    ["stderr is not output", "echo noise >&2; echo value", "value"],
  ])("%s", async (_, body, expected) => {
    expect((await stepOf(body)).output).toEqual(expected);
  });

  test("what is not UTF-8 fails the step and says where; of a failed script it is shown as far as it goes", async () => {
    const step = await stepOf("echo one; printf 'a\\377b'");
    expect(step.error).toMatchObject({ code: "script/not-utf8", message: "line 2 of the output is not UTF-8" });
    const failed = await stepOf("printf 'a\\377b' >&2; exit 3");
    expect(failed.error).toMatchObject({ code: "script/exit", message: "exited with 3: a\uFFFDb" });
  });

  test("a flood ends the script and fails the step, within the worker's memory", async () => {
    const step = await stepOf("yes | head -c 50000000; sleep 30");
    expect(step.error).toMatchObject({ code: "script/output-too-large" });
  });

  test("declared as JSON it must be JSON", async () => {
    expect((await stepOf("echo oops", "effect: read\noutput: { n: integer }")).error?.code).toBe(
      "script/output-not-json",
    );
  });
});

describe("input", () => {
  test("a value too large for a variable is on stdin; a shell that asks for the variable fails", async () => {
    const values = 'with: { large: "${{ steps.make.output }}", small: 1 }\neffect: read';
    const make = "## Make\n```bash run\nnode -e 'process.stdout.write(\"v\".repeat(300000))'\n```\n";
    const run = async (body: string) => {
      const report = await project.run(
        `${make}## Use\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${values}\n\`\`\`\n`,
      );
      return report.steps[1];
    };
    expect((await run("cat | wc -c"))?.output).toBe(300_000 + '{"large":"","small":1}'.length);
    expect((await run("echo ${large:0:3}"))?.error).toMatchObject({ code: "script/variable-too-large" });
  });

  test("values arrive as variables and as one JSON object on stdin, and nothing else of the worker's does", async () => {
    const values =
      'with: { name: "o\'hara; rm -rf /", list: [1, 2], "odd-name": 3 }\nenv: { LEVEL: "7" }\neffect: read';
    const step = await stepOf('printf \'%s|%s|%s|%s\' "$name" "$list" "$LEVEL" "${WORKER_ONLY:-unset}"', values);
    expect(step.output).toBe("o'hara; rm -rf /|[1,2]|7|unset");
    expect((await stepOf("cat", values)).output).toEqual({
      name: "o'hara; rm -rf /",
      list: [1, 2],
      "odd-name": 3,
      LEVEL: "7",
    });
  });

  test("stdin ends, so that a script that reads it all does not hang", async () => {
    expect((await stepOf("cat > /dev/null; echo done", "effect: read\ntimeout: 5s")).output).toBe("done");
  });

  test("scripts run in the project's folder, and may import its packages", async () => {
    expect((await stepOf("pwd")).output).toContain(project.dir);
    const body = 'import { answer } from "of-the-project"; const n: number = answer; console.log(n);';
    expect(await stepOf(body, "effect: read", "ts")).toMatchObject({ error: null, output: 42 });
  });

  test("a tool script gets its operation, --name=value and the variable", async () => {
    const report = await project.run(
      "## Call\n```yaml step\nuses: greet.run\nwith: { name: Ada }\neffect: read\n```\n",
    );
    expect(report.steps[0]?.output).toEqual({ operation: "run", flag: "--name=Ada", variable: "Ada" });
  });
});

test("a script that parses its arguments knows nothing of us; `show` has its JSON typed, its text as text", async () => {
  const step = (operation: string, args: string) =>
    `## ${operation}\n\`\`\`yaml step\nuses: report.${operation}\nwith: ${args}\n\`\`\`\n`;
  const report = await project.run(
    `${step("count", '{ text: "--a b", times: 3 }')}${step("title", "{ text: the end }")}`,
  );
  const { stdout } = await runCommand(project.dir, "show", report.run, "--json");
  expect(JSON.parse(stdout).steps).toMatchObject([{ output: { words: 6, first: "--a" } }, { output: "The End" }]);
  const { steps } = project.plan(step("title", "{ text: x }"));
  expect(steps[0]).toMatchObject({ timeoutMs: 300_000, retry: { maxAttempts: 1 } });
});

test("what a model calls an argument is no variable that a program obeys, nor one of the tool's own", async () => {
  const step = "agent: ann\ntools: [open.run, narrow.say]";
  const report = await project.run(`## Talk\nTalk.\n\`\`\`yaml step\n${step}\n\`\`\`\n`);
  expect(report.error).toBeNull();
  expect(existsSync(join(project.dir, "pwned"))).toBe(false);
  const [open = "", narrow = ""] = project.read("heard").replaceAll("/cat\n", "/cat ").split("\n");
  // Nothing is declared of `open`: what it is told is on stdin alone, and in its flags.
  expect(open).toMatch(/^run\|http:\/\/good\.test\|unset\|unset\|unset\|unset\|unset\|\/.*\/cat \{/);
  expect(open).toContain('"BASH_ENV":"$(touch pwned)"');
  expect(narrow).toMatch(/^say\|http:\/\/good\.test\|sagas\|unset\|unset\|unset\|unset\|\/.*\/cat \{/);
});

test("a step may name variables where nothing is declared, but none that a program obeys", async () => {
  project.remove("heard");
  const args = "with: { topic: sagas, more: 1, BASH_ENV: x, API_URL: y }";
  await project.run(`## Call\n\`\`\`yaml step\nuses: open.run\n${args}\n\`\`\`\n`);
  expect(project.read("heard")).toMatch(/^run\|http:\/\/good\.test\|sagas\|unset\|unset\|unset\|1\|/);
});

test.runIf(process.platform === "linux")("a secret of a tool script stands in no list of processes", async () => {
  const args = 'with: { plain: see-me, login: "${{ secrets.WORKER_ONLY }}" }';
  const report = await project.run(
    `---\nsecrets: [WORKER_ONLY]\n---\n## Call\n\`\`\`yaml step\nuses: see.run\n${args}\n\`\`\`\n`,
  );
  expect(report.error).toBeNull();
  const seen = project.read("seen").match(/[^=]+=*/g) ?? [];
  const texts = seen.map((part) => Buffer.from(part, "base64").toString()).join("\n");
  expect(texts).toContain("--plain=see-me");
  expect(texts).not.toContain("--login");
  expect(texts).toContain("see-me not for scripts");
});

test("a script runs in the project's folder, or in the one that workdir names", async () => {
  project.write("below/here", "");
  expect((await stepOf("pwd", "effect: read")).output).toBe(realpathSync(project.dir));
  expect((await stepOf("pwd; ls", "effect: read\nworkdir: below")).output).toBe(
    `${join(realpathSync(project.dir), "below")}\nhere`,
  );
});

describe("failure", () => {
  test.each([
    ["an exit code", "echo why >&2; exit 4", "bash", "script/exit", "exited with 4: why"],
    ["the first failing command of a pipe", "false | cat", "bash", "script/exit", "exited with 1"],
    ["a signal", "kill -KILL $$", "bash", "script/killed", "SIGKILL"],
    ["an exception", "raise ValueError('bad')", "python", "script/exit", "ValueError: bad"],
    ["a syntax error", "const = 3", "js", "script/exit", "SyntaxError"],
  ])("%s", async (_, body, language, code, message) => {
    const step = await stepOf(body, "effect: read", language);
    expect(step.error?.code).toBe(code);
    expect(step.error?.message).toContain(message);
  });

  test("a folder that is not there", async () => {
    expect((await stepOf("true", "effect: read\nworkdir: nowhere")).error?.code).toBe("script/workdir");
  });
});

describe("no process is alive after its step", () => {
  test("what a script leaves in the background ends with it, though it holds the output", async () => {
    const step = await stepOf("sleep 300 & echo $! > background; echo done");
    expect(step.output).toBe("done");
    await expect.poll(() => isAlive(Number(project.read("background"))), { timeout: 2000 }).toBe(false);
  });

  test("a time limit ends the whole tree, also what ignores the polite signal", async () => {
    const body = "trap '' TERM; (trap '' TERM; sleep 300 & echo $! > stubborn; wait) & wait; sleep 300";
    const step = await stepOf(body, "effect: read\ntimeout: 400ms");
    expect(step.error?.code).toBe("step/timeout");
    const pid = await pidIn("stubborn");
    await expect.poll(() => isAlive(pid), { timeout: 3000 }).toBe(false);
  });

  test("a cancel ends it within two seconds", async () => {
    const run = await project.start(script("sleep 300 & echo $! > cancelled; wait"));
    const pid = await pidIn("cancelled");
    const cancelledAt = Date.now();
    await cancelRun(project.connected, run);
    await expect.poll(() => isAlive(pid), { timeout: 5000, interval: 20 }).toBe(false);
    expect(Date.now() - cancelledAt).toBeLessThan(3000);
  });

  test("a killed worker's script is ended before the step runs again, and its scratch files go", async () => {
    const run = await project.start(script("echo $$ >> orphans; sleep 2; echo ended", "effect: idempotent"));
    const pid = await pidIn("orphans");
    process.kill(project.worker.pid, "SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 3000, interval: 20 }).toBe(false);
    expect((await project.follow(run)).steps[0]?.output).toBe("ended");
    const scratch = join(project.dir, ".aiworkflow", "scratch");
    const left = existsSync(scratch)
      ? readdirSync(scratch, { recursive: true }).filter((name) => String(name).includes("script-"))
      : [];
    expect(left).toEqual([]);
  });
});
