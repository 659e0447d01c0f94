// What a person sees and does at a terminal: questions answered where they are asked, Ctrl-C, and being asked before effects repeat.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { openMuteRelay } from "./open-mute-relay.ts";
import { KEYS, openTerminal } from "../terminal.ts";

/** Of gRPC. */
const NOT_FOUND = 5;

const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string) => `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n`;

/** Clears the screen, sets a title, hides the text that follows: as YAML has it, and as it is shown. */
const LOUD = String.raw`\e[2J\e]0;owned\a\e[8m`;
const SHOWN = "␛[2J␛]0;owned␇␛[8m";

let project: TestProject;
beforeAll(async () => {
  project = await openProject({
    "gate.md": `${yaml("Release", "approval: { message: Ship version 2? }")}${script("Ship", "echo shipped >> ships")}`,
    "form.md": yaml(
      "Details",
      `ask:
  message: Where to?
  fields:
    place: { type: string, enum: [north, south] }
    seats: { type: integer, min: 1, max: 9, default: 2 }
    window: { type: boolean }
    calm: { type: boolean, default: false }
    meal: { type: string, enum: [a, b], required: false }`,
    ),
    "two.md": yaml("Both", "approval: { message: Two of us, min: 2 }"),
    "side.md": `${yaml("Gate", "approval: { message: Go on? }")}${script("Slow", "until [ -e go ]; do sleep 0.1; done")}\`\`\`yaml step
needs: []
\`\`\`
`,
    "loud-gate.md": yaml("Gate", `approval: { message: "one${LOUD}two" }`),
    "loud-form.md": yaml(
      "Details",
      `ask:
  message: Where to?
  fields:
    place: { type: string, description: "place${LOUD}", enum: ["north${LOUD}", south] }
    name: { type: string, description: "name${LOUD}", default: "me${LOUD}" }`,
    ),
    "ann.md": yaml("Ann", "approval: { message: Only Ann, approvers: [ann] }"),
    "slow.md": script("Slow", "sleep 60"),
    "undone.md": `---\non-failure: rollback\n---\n${script("Slow", "sleep 60")}\`\`\`yaml undo\nrun: sleep 4\n\`\`\`\n`,
  });
});
afterAll(() => project.close());

const runIn = (screen: string) => /^Run (\S+) of/mu.exec(screen)?.[1] ?? "";

describe("a question at the terminal of `run`", () => {
  test("is approved with a key, a comment is kept, and the run goes on", async () => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    expect(terminal.screen()).toContain("Ship version 2?");
    expect(project.read("ships")).toBe("");
    terminal.type("y");
    await terminal.sees("A comment");
    terminal.type(`looks good${KEYS.enter}`);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.screen()).toMatch(/✔ Ship completed/u);
    expect(project.read("ships")).toBe("shipped\n");
    const { approvals } = await project.follow(runIn(terminal.screen()));
    expect(approvals).toMatchObject([{ votes: [{ decision: "approve", comment: "looks good" }] }]);
  });

  test("is rejected with a key: the run fails, and what comes after is not done", async () => {
    const before = project.read("ships");
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    terminal.type("n");
    await terminal.sees("A comment");
    terminal.type(KEYS.enter);
    expect(await terminal.ended, terminal.screen()).toBe(1);
    expect(terminal.screen()).toContain("approval/rejected");
    expect(project.read("ships")).toBe(before);
  });

  test("is a form: what does not fit is said at once, and can be put right", async () => {
    const terminal = openTerminal(project.dir, ["run", "form.md"]);
    await terminal.sees("place");
    terminal.type(`${KEYS.down}${KEYS.enter}`);
    await terminal.sees(/seats\n.*2/u);
    terminal.type(`0${KEYS.enter}`);
    await terminal.sees("9");
    terminal.type(`${KEYS.backspace.repeat(2)}4${KEYS.enter}`);
    await terminal.sees("window");
    terminal.type(`${KEYS.down}${KEYS.enter}`);
    await terminal.sees("calm");
    terminal.type(KEYS.enter);
    await terminal.sees("meal");
    terminal.type(`${KEYS.down.repeat(2)}${KEYS.enter}`);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    const { steps } = await project.follow(runIn(terminal.screen()));
    expect(await project.resolve(steps[0]?.output ?? null)).toMatchObject({
      place: "south",
      seats: 4,
      window: false,
      calm: false,
      meal: null,
    });
  });

  test(
    "is answered while the server is away: the run goes on, and so does the command",
    { timeout: 120_000 },
    async () => {
      const relay = await openMuteRelay(project.connected.target.address, Infinity);
      try {
        const terminal = openTerminal(project.dir, ["run", "gate.md", "--address", relay.address]);
        await terminal.sees("Approve release?");
        relay.mute();
        terminal.type("y");
        await terminal.sees("A comment");
        terminal.type(KEYS.enter);
        await terminal.sees("may still count", 90_000);
        relay.release();
        // It may count after all; else it is asked again.
        terminal.type("y");
        const again = terminal.sees(/A comment[^]*A comment/u).then(() => terminal.type(KEYS.enter));
        again.catch(() => undefined);
        await Promise.race([terminal.ended, again]);
        expect(await terminal.ended, terminal.screen()).toBe(0);
      } finally {
        await relay.close();
      }
    },
  );

  test("is asked beside other work", async () => {
    const terminal = openTerminal(project.dir, ["run", "side.md"]);
    await terminal.sees("Approve gate?");
    terminal.type("y");
    await terminal.sees("A comment");
    terminal.type(KEYS.enter);
    await terminal.sees(/✔ Gate completed/u);
    project.write("go", "");
    expect(await terminal.ended, terminal.screen()).toBe(0);
  });

  test("stays after Escape and Ctrl-D, which are near to keys that are meant", async () => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    terminal.type(KEYS.escape);
    const run = runIn(terminal.screen());
    expect((await runCommand(project.dir, "show", run)).stdout).toContain("# gate: waiting");
    terminal.type(`${KEYS.ctrlD}y`);
    await terminal.sees("A comment");
    terminal.type(`goo${KEYS.ctrlD}d${KEYS.enter}`);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(await project.follow(run)).toMatchObject({ approvals: [{ votes: [{ comment: "good" }] }] });
  });

  test.each([
    ["before", () => ""],
    ["after", () => "y"],
  ])("has no answer where Ctrl-C is pressed %s the yes or no: that cancels the run", async (_, first) => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    terminal.type(first());
    if (first() !== "") await terminal.sees("A comment");
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    const report = await project.follow(runIn(terminal.screen()));
    expect(report).toMatchObject({ status: "cancelled", approvals: [{ votes: [] }] });
  });
});

describe("a question that others answer as well", () => {
  test("goes from the screen when the answer comes from elsewhere, and the run goes on", async () => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    const args = ["approve", runIn(terminal.screen()), "release", "--as", "ann"];
    expect((await runCommand(project.dir, ...args)).code).toBe(0);
    await terminal.sees("release waits no longer");
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.screen()).toContain("# gate: completed");
  });

  test("is asked once, then the run waits for somebody else", async () => {
    const terminal = openTerminal(project.dir, ["run", "two.md"]);
    await terminal.sees("Approve both?");
    terminal.type("y");
    await terminal.sees("A comment");
    terminal.type(KEYS.enter);
    const run = runIn(terminal.screen());
    await terminal.sees(`aiworkflow approve ${run} both`);
    expect((await runCommand(project.dir, "approve", run, "both", "--as", "ann")).code).toBe(0);
    expect(await terminal.ended, terminal.screen()).toBe(0);
  });

  test("goes with its run where somebody deletes that", async () => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    const { client, target } = project.connected;
    const of = { namespace: target.namespace, workflowExecution: { workflowId: runIn(terminal.screen()) } };
    process.kill(terminal.pid, "SIGSTOP");
    await client.workflowService.deleteWorkflowExecution(of);
    const look = () => client.workflowService.describeWorkflowExecution({ ...of, execution: of.workflowExecution });
    await expect.poll(() => look().catch(({ code }) => code), { timeout: 20_000 }).toBe(NOT_FOUND);
    process.kill(terminal.pid, "SIGCONT");
    expect(await terminal.ended, terminal.screen()).toBe(2);
    expect(terminal.screen().match(/run\/not-found/gu), terminal.screen()).toHaveLength(1);
  });

  test("is not asked of who is not among its approvers", async () => {
    const terminal = openTerminal(project.dir, ["run", "ann.md", "--no-wait"]);
    expect(await terminal.ended, terminal.screen()).toBe(5);
    expect(terminal.screen()).toContain("waits for a person: Only Ann");
    expect(terminal.screen()).not.toContain("Approve ann?");
  });
});

describe("Ctrl-C", () => {
  const cancelTwice = async (file: string) => {
    const terminal = openTerminal(project.dir, ["run", file]);
    await terminal.sees(/Slow \d+ s/u);
    terminal.type(KEYS.ctrlC);
    await terminal.sees("press Ctrl-C again to choose");
    await terminal.sees("taking back slow");
    terminal.type(KEYS.ctrlC);
    await terminal.sees("What now?");
    return terminal;
  };

  test("cancels the run and waits for its end", async () => {
    const terminal = openTerminal(project.dir, ["run", "slow.md"]);
    await terminal.sees(/Slow \d+ s/u);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    expect(terminal.screen()).toContain("# slow: cancelled");
    expect(terminal.screen(), "the key was for the command, not for its worker").not.toContain("died");
  });

  test("a second time asks what now: to leave the run to itself", async () => {
    const terminal = await cancelTwice("undone.md");
    terminal.type(KEYS.down + KEYS.enter);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    expect(await project.follow(runIn(terminal.screen()))).toMatchObject({ status: "compensated" });
  });

  test("a second time asks what now: to terminate it", async () => {
    const terminal = await cancelTwice("undone.md");
    terminal.type(KEYS.down + KEYS.down + KEYS.enter);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    expect(terminal.screen()).toContain("run/terminated");
  });

  test("a second time asks what now, as long as the run goes on", async () => {
    const terminal = await cancelTwice("undone.md");
    terminal.type(KEYS.enter);
    await terminal.sees("Wait for its end");
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    expect(terminal.screen()).toContain("# undone: compensated");
    expect(terminal.screen(), "nothing that was drawn for a moment is left").not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u);
  });
});

test.each([["dev"], ["worker"]])(
  "Ctrl-C ends `%s` in order: its worker ends because it is told to",
  async (command) => {
    const terminal = openTerminal(project.dir, [command]);
    await terminal.sees(/Ctrl-C stops/u);
    terminal.type(KEYS.ctrlC);
    expect(await terminal.ended, terminal.screen()).toBe(0);
    expect(terminal.screen()).not.toMatch(/died|Error/u);
  },
);

describe("a terminal that is closed", () => {
  test.each([["dev"], ["worker"]])("ends `%s` in order", async (command) => {
    const terminal = openTerminal(project.dir, [command]);
    await terminal.sees(/Ctrl-C stops/u);
    terminal.hangUp();
    expect(await terminal.ended).toBe(0);
  });

  test.each([["SIGHUP"], ["SIGTERM"]] as const)("leaves a run to itself, as %s does", async (signal) => {
    const terminal = openTerminal(project.dir, ["run", "gate.md"]);
    await terminal.sees("Approve release?");
    if (signal === "SIGHUP") terminal.hangUp();
    else process.kill(terminal.pid, signal);
    expect(await terminal.ended, terminal.screen()).toBe(130);
    const run = runIn(terminal.screen());
    expect((await runCommand(project.dir, "show", run)).stdout).toContain("# gate: waiting");
  });

  test("leaves steps under way the time to end", async () => {
    const alone = mkdtempSync(join(tmpdir(), "aiworkflow-closed-"));
    const read = () => readFileSync(join(alone, "log"), { encoding: "utf8", flag: "a+" });
    writeFileSync(join(alone, "short.md"), script("Short", "echo begun >> log; sleep 0.5; echo ended >> log"));
    const terminal = openTerminal(alone, ["run", "short.md"]);
    await expect.poll(read, { timeout: 30_000 }).toBe("begun\n");
    terminal.hangUp();
    expect(await terminal.ended).toBe(130);
    expect(read()).toBe("begun\nended\n");
    rmSync(alone, { recursive: true });
  });
});

describe("before effects repeat, a person is asked", () => {
  const beside = (title: string, body: string) =>
    `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\nneeds: []\nretry: { max-attempts: 1 }\n\`\`\`\n`;
  const effects = () => project.read("effects").trim().split("\n").sort().join(" ");

  test("by `rerun`: no leaves everything as it was, yes goes on", async () => {
    const { run } = await project.run(
      `${beside("One", "echo 1 >> effects")}${beside("Two", "echo 2 >> effects; exit 3")}`,
    );
    const refused = openTerminal(project.dir, ["rerun", run, "--from", "two"]);
    await refused.sees("Repeat these effects?");
    expect(refused.screen()).toContain("these effects would be repeated: one");
    refused.type("n");
    expect(await refused.ended, refused.screen()).toBe(4);
    expect(refused.screen()).toContain("run/would-repeat");
    expect(effects()).toBe("1 2");
    const agreed = openTerminal(project.dir, ["rerun", run, "--from", "two"]);
    await agreed.sees("Repeat these effects?");
    agreed.type("y");
    expect(await agreed.ended, agreed.screen()).toBe(1);
    expect(effects()).toBe("1 1 2 2");
  });

  test("by `fork`, as well", async () => {
    project.write("edited.md", `${script("First", "echo f >> forks")}${script("Second", "echo other >> forks")}`);
    const { run } = await project.run(
      `${script("First", "echo f >> forks")}${script("Second", "echo s >> forks; exit 3")}`,
    );
    const before = project.read("forks");
    const refused = openTerminal(project.dir, ["fork", run, "--with", "edited.md", "--from", "first"]);
    await refused.sees("Repeat these effects?");
    refused.type(KEYS.ctrlC);
    expect(await refused.ended, refused.screen()).toBe(4);
    expect(project.read("forks")).toBe(before);
    const agreed = openTerminal(project.dir, ["fork", run, "--with", "edited.md", "--from", "first"]);
    await agreed.sees("Repeat these effects?");
    agreed.type("y");
    expect(await agreed.ended, agreed.screen()).toBe(0);
    expect(project.read("forks")).toBe(`${before}f\nother\n`);
  });
});

test("a narrow, low terminal keeps what is drawn in its place: titles are cut, steps that do not fit are counted", async () => {
  const long = "A title that is far longer than the terminal is wide";
  const steps = Array.from(
    { length: 20 },
    (_, index) => `${script(`${long} ${index}`, "sleep 2")}\`\`\`yaml step\nneeds: []\n\`\`\`\n`,
  );
  project.write("wide.md", steps.join(""));
  const terminal = openTerminal(project.dir, ["run", "wide.md"], { cols: 40, rows: 12 });
  await terminal.sees(/… and 1\d more/u);
  expect(await terminal.ended, terminal.screen()).toBe(0);
  expect(terminal.screen(), "nothing that was drawn for a moment is left").not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|… and/u);
});

test("what a question says is shown, and never obeyed", async () => {
  const gate = openTerminal(project.dir, ["run", "loud-gate.md"]);
  await gate.sees("Approve gate?");
  expect(gate.screen()).toContain(`one${SHOWN}two`);
  gate.type(KEYS.ctrlC);
  expect(await gate.ended, gate.screen()).toBe(130);
  const form = openTerminal(project.dir, ["run", "loud-form.md"]);
  await form.sees(`place${SHOWN}`);
  expect(form.screen()).toContain(`north${SHOWN}`);
  form.type(KEYS.enter);
  await form.sees(`name${SHOWN}`);
  expect(form.screen()).toContain(`me${SHOWN}`);
  form.type(KEYS.ctrlC);
  expect(await form.ended, form.screen()).toBe(130);
});

test("what a step says is shown, and never obeyed", async () => {
  project.write("loud.md", script("Loud", String.raw`printf 'one\033[2J\033]0;owned\007two\033[8mthree'`));
  const terminal = openTerminal(project.dir, ["run", "loud.md"]);
  expect(await terminal.ended, terminal.screen()).toBe(0);
  expect(terminal.screen()).toContain("one␛[2J␛]0;owned␇two␛[8mthree");
  const { stdout } = await runCommand(project.dir, "show", runIn(terminal.screen()));
  expect(stdout, "off a terminal it is what it was").toContain("one\u001B[2J");
});
