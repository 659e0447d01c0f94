// What agents say is seen while they say it: by whoever follows from the beginning, by whoever comes later, and truly also
// when the worker dies in the middle.
import { createRedactor } from "../../src/tools/redact.ts";
import { closeSync, existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStreamReader, type StreamEvent } from "../../src/streams/read-streams.ts";
import { openStream, runStreamsDir } from "../../src/streams/open-stream.ts";
import { beginCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
let project: TestProject;
let storeDir: string;
beforeAll(async () => {
  process.env["AGENT_TEST_KEY"] = "sk-very-secret-key";
  api = await startFakeApi();
  project = await openProject({
    "aiworkflow.yaml": `agent: claude
agents:
  claude: { kind: anthropic, base-url: "${api.url}", api-key-env: AGENT_TEST_KEY }
  local: { kind: openai-compatible, base-url: "${api.url}/v1", model: llama-test }
  sample: { kind: recorded, replies: replies.yaml }
`,
    "replies.yaml": 'tell: ["Once upon a time."]\n',
  });
  storeDir = join(project.dir, ".aiworkflow", "artifacts");
});
afterAll(async () => {
  await project.close();
  await api.close();
});

const files = () =>
  readdirSync(join(storeDir, "streams"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jsonl"),
  );
const textOf = (events: readonly StreamEvent[]) => events.map(({ text }) => text).join("");

test("it is seen as it comes, by readers who come later too, and its file goes when the call has ended", async () => {
  const reader = createStreamReader(storeDir);
  api.script({ pieces: ["Once ", "upon\n", "a time "], hang: true }, { text: "The end." });
  const run = await project.start("## Tell\nA story.\n");
  const seen: StreamEvent[] = [];
  await expect
    .poll(
      () => {
        seen.push(...reader.read([run]));
        return textOf(seen);
      },
      { timeout: 20_000 },
    )
    .toBe("Once upon\na time ");
  expect(seen[0]).toMatchObject({ type: "text", run, step: "tell", agent: "claude", turn: 1, attempt: 1 });
  expect(textOf(createStreamReader(storeDir).read([run]))).toBe("Once upon\na time ");
  const watch = beginCommand(project.dir, "watch", run, "--stream");
  await expect.poll(watch.stderr, { timeout: 20_000 }).toContain("tell │ Once upon");

  // Dies in the middle: what the next worker hears takes the place of it.
  process.kill(project.worker.pid, "SIGKILL");
  // Text is there for a few seconds after the call has ended, and the end of the run may come later than that.
  const later: StreamEvent[] = [];
  let wholeToOthers = "";
  await expect
    .poll(
      () => {
        later.push(...reader.read([run]));
        if (later.at(-1)?.type === "end") wholeToOthers = textOf(createStreamReader(storeDir).read([run]));
        return wholeToOthers;
      },
      { timeout: 20_000 },
    )
    .toBe("The end.");
  const report = await project.follow(run);
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "The end.", attempts: 1 });
  expect(later.map(({ type, text }) => [type, text])).toEqual([
    ["again", ""],
    ["text", "The end."],
    ["end", ""],
  ]);
  await expect.poll(files, { timeout: 10_000 }).toEqual([]);
  expect(await watch.ended).toBe(0);
  expect(watch.stderr()).toContain("tell │ The end.");
});

test("`run --stream` prints lines with the step's name on stderr, and stdout stays what it was", async () => {
  project.write(
    "a.md",
    "## Tell\nA story.\n## Other\n```yaml step\nneeds: []\nagent: local\n```\nAnother.\n## Last\n```yaml step\nfor-each: [1, 2]\n```\nThird.\n",
  );
  api.script({ text: "One\ntwo." }, { text: "One\ntwo." }, { text: "Item." }, { text: "Item." });
  const command = beginCommand(project.dir, "run", "a.md", "--stream", "--json", "--id", "lines");
  expect(await command.ended).toBe(0);
  expect(JSON.parse(command.stdout())).toMatchObject({ run: "lines", status: "completed" });
  const events = command
    .stderr()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as StreamEvent);
  const said = Map.groupBy(events, ({ step }) => step);
  expect([...said].map(([step, some]) => [step, textOf(some)]).sort()).toEqual([
    ["last[0]", "Item."],
    ["last[1]", "Item."],
    ["other", "One\ntwo."],
    ["tell", "One\ntwo."],
  ]);
  api.script({ text: "One\ntwo." }, { text: "One\ntwo." }, { text: "Item." }, { text: "Item." });
  const plain = beginCommand(project.dir, "run", "a.md", "--stream");
  expect(await plain.ended).toBe(0);
  for (const line of ["tell │ One", "tell │ two.", "other │ two.", "last[1] │ Item."])
    expect(plain.stderr()).toContain(line);
});

test("what the agent of a child workflow says is seen from above", async () => {
  project.write("child.md", "## Tell\n```yaml step\nagent: sample\n```\nA story.\n");
  project.write("parent.md", "## Below\n```yaml step\nworkflow: child.md\n```\n");
  const command = beginCommand(project.dir, "run", "parent.md", "--stream", "--id", "above");
  expect(await command.ended).toBe(0);
  expect(command.stderr()).toMatch(/above\S* tell │ Once upon a time\./);
});

test.runIf(process.platform === "linux")("a file that cannot be closed costs no answer", async () => {
  const stream = openStream(
    { run: "closed", step: "s", agent: "a", turn: 1, attempt: 1 },
    { storeDir, callId: "closed", redact: (text) => text, unfinished: () => 0 },
  );
  const files = () =>
    readdirSync("/proc/self/fd").filter((fd) => {
      const path = `/proc/self/fd/${fd}`;
      return existsSync(path) && readlinkSync(path).startsWith(runStreamsDir(storeDir, "closed"));
    });
  stream.said("One.");
  await expect.poll(files).toHaveLength(1);
  closeSync(Number(files()[0]));
  expect(() => stream.end()).not.toThrow();
});

test("no secret is in it, also where it comes in pieces", async () => {
  const redact = createRedactor(["sk-very-secret-key", "correct horse battery"]);
  const head = { run: "secret", step: "s", agent: "a", turn: 1, attempt: 1 };
  const stream = openStream(head, { storeDir, callId: "c", redact, unfinished: redact.unfinished });
  const reader = createStreamReader(storeDir);
  stream.said("The key is sk-very-");
  let heard = "";
  await expect.poll(() => (heard += textOf(reader.read(["secret"])))).toBe("The key is ");
  stream.said("secret-key, or correct horse ");
  await expect.poll(() => (heard += textOf(reader.read(["secret"])))).toBe("The key is ***, or ");
  stream.said("battery.");
  stream.end();
  expect(textOf(reader.read(["secret"]))).toBe("***.");
});

test("a folder that cannot be written costs the show, not the call", () => {
  const stream = openStream(
    { run: "r", step: "s", agent: "a", turn: 1, attempt: 1 },
    { storeDir: join(project.dir, "aiworkflow.yaml"), callId: "c", redact: (text) => text, unfinished: () => 0 },
  );
  stream.said("Hello. ");
  expect(() => stream.end()).not.toThrow();
});
