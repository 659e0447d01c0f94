// What the command line refuses: each with its code, in JSON and for people, with the exit code that scripts may rely on.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

const yaml = (title: string, text: string) => `## ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const script = (title: string, body: string) => `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n`;

describe("without a server", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "aiworkflow-refusals-"));
    const files: Readonly<Record<string, string>> = {
      "aiworkflow.yaml": "",
      "registry.yaml": "tools:\n  mail: { kind: mcp, command: node, env: { T: '${{ secrets.NO_SUCH_SECRET }}' } }\n",
      "inputs.md": `---\ninputs: { n: { type: integer, required: true }, c: { type: string, enum: [red, blue] } }\n---\n${yaml("One", "set: { a: 1 }")}`,
      "trigger.md": `---\non: { manual: false }\n---\n${yaml("One", "set: { a: 1 }")}`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each<readonly [code: string, exit: number, args: readonly string[], words: string]>([
    ["input/missing", 2, ["run", "inputs.md"], "n is required"],
    ["input/wrong-type", 2, ["run", "inputs.md", "-i", "n=many"], "n"],
    ["input/not-allowed", 2, ["run", "inputs.md", "-i", "n=1", "-i", "c=green"], "red"],
    ["input/twice", 2, ["run", "inputs.md", "-i", "n=1", "-i", "n=2"], "n is given twice"],
    ["secret/missing", 2, ["tools", "call", "mail.list"], "NO_SUCH_SECRET"],
    ["run/not-manual", 4, ["run", "trigger.md"], "trigger"],
    ["cli/usage", 2, ["list", "--status", "odd"], "odd"],
    ["cli/usage", 2, ["list", "--limti", "3"], "limti"],
    ["cli/exists", 2, ["init"], "aiworkflow.yaml"],
    ["cli/unknown-code", 2, ["explain", "step/emty"], "step/emty"],
    ["cli/not-found", 2, ["agent", "info", "nobody"], "nobody"],
  ])("%s: exit %i", async (code, exit, args, words) => {
    const json = await runCommand(folder, ...args, "--json");
    const said = JSON.parse(json.stdout) as { error: { code: string }; diagnostics: { code: string; hint: string }[] };
    expect(said.diagnostics.map((one) => one.code)).toEqual([code]);
    expect(said.diagnostics[0]?.hint).not.toBe("");
    expect(json.code).toBe(exit);
    const text = await runCommand(folder, ...args);
    expect(text.stderr).toContain(code);
    expect(text.stderr).toContain(words);
    expect(text.code).toBe(exit);
  });

  test("openapi/external-ref: exit 2 of every command that would need the document, and nobody is asked for it", async () => {
    const asked: string[] = [];
    const server = createServer(({ url = "" }, response) => void (asked.push(url), response.end("{}")));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const dir = mkdtempSync(join(tmpdir(), "aiworkflow-refusals-"));
    try {
      const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}/part.yaml`;
      const refs = ["file:///etc/passwd", "../outside.yaml#/x", here];
      const parameters = refs.map(($ref) => ({ $ref }));
      const paths = { "/a": { get: { operationId: "a", parameters } } };
      const document = { openapi: "3.1.0", servers: [{ url: "https://x.example" }], paths };
      writeFileSync(join(dir, "api.json"), JSON.stringify(document));
      writeFileSync(join(dir, "aiworkflow.yaml"), "");
      writeFileSync(join(dir, "registry.yaml"), "tools: { api: { kind: openapi, document: api.json } }\n");
      writeFileSync(join(dir, "a.md"), yaml("One", "uses: api.a"));
      for (const args of [
        ["validate", "a.md"],
        ["run", "a.md"],
        ["tools", "call", "api.a"],
      ]) {
        const { code, stdout, stderr } = await runCommand(dir, ...args);
        for (const ref of refs)
          expect(stderr).toContain(`error[openapi/external-ref]: ${ref} leads out of the document`);
        expect([code, stdout]).toEqual([2, ""]);
      }
      expect(asked).toEqual([]);
    } finally {
      server.close();
      rmSync(dir, { recursive: true });
    }
  });

  test("file/unreadable: exit 2", async () => {
    // A file that nobody can read from its beginning, whoever he is.
    const { code, stderr } = await runCommand(folder, "validate", "/proc/self/mem");
    expect(stderr).toContain("file/unreadable");
    expect(code).toBe(2);
  });
});

describe("of a run", () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await openProject();
    project.write(
      "edited.md",
      `${script("One", "echo 1 >> effects")}${script("Two", "echo other >> effects; exit 3")}`,
    );
    project.write("odd.md", `${script("One", "echo 1 >> effects")}${script("Two", "exit 3")}`);
  });
  afterAll(() => project.close());

  test("cannot be taken back while it goes on, or where it has done nothing, or from where it has no step", async () => {
    const going = await project.start(yaml("Gate", "approval: { message: Go? }"));
    await project.follow(going, "waiting");
    const ended = (await project.run(yaml("One", "set: { a: 1 }"))).run;
    const undone = (await project.run(`${script("One", "true")}\`\`\`yaml undo\nrun: "true"\n\`\`\`\n`)).run;
    const refused: readonly (readonly [code: string, exit: number, args: readonly string[]])[] = [
      ["run/still-running", 4, ["rollback", going]],
      ["run/nothing-to-undo", 4, ["rollback", ended]],
      ["run/no-such-step", 2, ["rollback", undone, "--to", "nowhere"]],
      ["run/no-such-step", 2, ["rerun", ended, "--from", "nowhere"]],
      ["control/refused", 4, ["resume", going]],
      ["control/unknown-step", 4, ["skip", going, "nowhere"]],
    ];
    for (const [code, exit, args] of refused) {
      const { stderr, code: found } = await runCommand(project.dir, ...args, "--no-input");
      expect(stderr, args.join(" ")).toContain(code);
      expect(found, args.join(" ")).toBe(exit);
    }
  });

  test("that cannot be taken back whole is told as that by its rollback", async () => {
    const { run } = await project.run(
      `${script("One", "true")}\`\`\`yaml undo\nrun: exit 3\nretry: { max-attempts: 1 }\n\`\`\`\n`,
    );
    const { code, stdout } = await runCommand(project.dir, "rollback", run, "--no-input", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "compensation-incomplete",
      error: { code: "run/compensation-incomplete" },
    });
  });

  test("does not begin where this command would work and a secret is not there; another worker may have it", async () => {
    project.write("secret.md", `---\nsecrets: [NO_SUCH_SECRET]\n---\n${script("One", "echo 1")}`);
    const here = await runCommand(project.dir, "run", "secret.md", "--json");
    expect(JSON.parse(here.stdout)).toMatchObject({ error: { code: "secret/missing" } });
    expect(here.code).toBe(2);
    const elsewhere = await runCommand(project.dir, "run", "secret.md", "--detach", "--id", "elsewhere");
    expect(elsewhere.code, elsewhere.stderr).toBe(0);
    expect(elsewhere.stderr).toContain("NO_SUCH_SECRET");
    expect(await project.follow("elsewhere")).toMatchObject({ status: "completed" });
    const dry = await runCommand(project.dir, "run", "secret.md", "--dry-run", "--json");
    expect([dry.code, JSON.parse(dry.stdout)]).toMatchObject([0, { version: 1, plan: { file: "secret.md" } }]);
    expect((await runCommand(project.dir, "fork", "elsewhere", "--dry-run")).code).toBe(0);
  });

  test("is not forked where effects would happen again, unless somebody says so", async () => {
    const run = (
      await project.run(`${script("One", "echo 1 >> effects")}${script("Two", "echo 2 >> effects; exit 3")}`)
    ).run;
    const args = ["fork", run, "--with", "edited.md", "--from", "one", "--no-input"];
    const { code, stderr } = await runCommand(project.dir, ...args);
    expect(stderr).toContain("run/would-repeat");
    expect(code).toBe(4);
    expect(project.read("effects")).toBe("1\n2\n");
    const nowhere = await runCommand(
      project.dir,
      "fork",
      run,
      "--with",
      "edited.md",
      "--from",
      "nowhere",
      "--no-input",
    );
    expect(nowhere.stderr).toContain("run/no-such-step");
  });

  test("does not begin again where a step beside that one would repeat its effect, unless somebody says so", async () => {
    const beside = (title: string, body: string) =>
      `## ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\nneeds: []\nretry: { max-attempts: 1 }\n\`\`\`\n`;
    const { run } = await project.run(
      `${beside("One", "echo 1 >> beside")}${beside("Two", "echo 2 >> beside; exit 3")}`,
    );
    const args = ["rerun", run, "--from", "two", "--no-input"];
    const refused = await runCommand(project.dir, ...args);
    expect(refused.stderr).toContain("Beside two, these effects would be repeated: one");
    expect(refused.stderr).toContain("run/would-repeat");
    expect(refused.code).toBe(4);
    expect(project.read("beside").trim().split("\n").sort()).toEqual(["1", "2"]);
    expect((await runCommand(project.dir, ...args, "--yes")).code).toBe(1);
    expect(project.read("beside").trim().split("\n").sort()).toEqual(["1", "1", "2", "2"]);
  });

  test("refuses a decision of the wrong form by update, with no event, and by signal with a notice", async () => {
    const run = await project.start(yaml("Gate", "approval: { message: Go? }"));
    await project.follow(run, "waiting");
    const handle = project.connected.client.workflow.getHandle(run);
    const events = (await project.history(run)).length;
    for (const decision of [{ decision: "maybe" }, { decision: "approve", by: 7 }, { decision: "answer", form: {} }])
      await expect(handle.executeUpdate("decide", { args: [decision] })).rejects.toMatchObject({
        cause: { type: "approval/bad-decision" },
      });
    expect(await project.history(run)).toHaveLength(events);
    await handle.signal("approve", [1]);
    const { notices } = await project.reportWhen(run, (report) => report.notices.length > 0);
    expect(notices[0]).toContain("did not count");
    await handle.signal("approve", { by: "ann" });
    expect((await project.follow(run)).status).toBe("completed");
  });
});
