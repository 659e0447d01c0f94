import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTemporalCli } from "../../src/server/find-temporal-cli.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-cli-"));
  for (const name of ["cache/bin", "path", "go"]) mkdirSync(join(folder, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, text: string): string {
  const file = join(folder, path);
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}
const temporal = (path: string, version: string) =>
  program(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.29.1)"\n`);
/** A `go` that takes its time and "builds" a program of this version. */
const go = (version: string, seconds = 0) =>
  program(
    "go/go",
    `#!/bin/sh\necho run >> "${folder}/builds"\nsleep ${seconds}\nprintf '#!/bin/sh\\necho "temporal version ${version}"\\n' > "$GOBIN/temporal"\nchmod +x "$GOBIN/temporal"\n`,
  );
const find = (env: Record<string, string> = {}, progress: string[] = []) =>
  findTemporalCli({
    env: { PATH: "/usr/bin:/bin", ...env },
    cacheDir: join(folder, "cache"),
    onProgress: (line) => progress.push(line),
  });
const builds = () =>
  existsSync(join(folder, "builds")) ? readFileSync(join(folder, "builds"), "utf8").trim().split("\n").length : 0;
const withGo = { PATH: "" };

beforeEach(() => {
  withGo.PATH = `${join(folder, "go")}:/usr/bin:/bin`;
});

describe("the order of places", () => {
  test("the variable wins over PATH, PATH over the cache, the cache over fetching", async () => {
    go("4.0.0");
    temporal("cache/bin/temporal", "3.0.0");
    expect(await find(withGo)).toMatchObject({ source: "cache", version: "3.0.0" });
    temporal("path/temporal", "2.0.0");
    const PATH = `${join(folder, "path")}:${withGo.PATH}`;
    expect(await find({ PATH })).toMatchObject({ source: "path", version: "2.0.0" });
    const AIWORKFLOW_TEMPORAL_CLI = temporal("mine", "1.0.0");
    expect(await find({ PATH, AIWORKFLOW_TEMPORAL_CLI })).toMatchObject({ source: "environment", version: "1.0.0" });
    expect(builds()).toBe(0);
  });

  test("without any it is built with Go, once, and says so; the next time it is there", async () => {
    go("4.0.0");
    const progress: string[] = [];
    expect(await find(withGo, progress)).toMatchObject({ source: "build", version: "4.0.0" });
    expect(progress.join("\n")).toMatch(/building the Temporal CLI with Go[\s\S]*is ready/);
    expect(await find(withGo)).toMatchObject({ source: "cache" });
    expect(builds()).toBe(1);
  });
});

test("a partial program in the cache is never used, but replaced by a whole one", async () => {
  go("4.0.0");
  program("cache/bin/temporal", "\u007fELF and then nothing");
  expect(await find(withGo)).toMatchObject({ source: "build", version: "4.0.0" });
  writeFileSync(join(folder, "cache/bin/temporal"), "not even executable");
  chmodSync(join(folder, "cache/bin/temporal"), 0o644);
  expect(await find(withGo)).toMatchObject({ source: "build", version: "4.0.0" });
  expect(readdirSync(join(folder, "cache/bin"))).toEqual(["temporal"]);
});

test("a build that gives no working program is an error, and leaves nothing in the cache", async () => {
  program("go/go", `#!/bin/sh\necho broken > "$GOBIN/temporal"\n`);
  await expect(find(withGo)).rejects.toMatchObject({ diagnostics: [{ code: "server/no-cli" }] });
  expect(readdirSync(join(folder, "cache/bin"))).toEqual([]);
});

test("two processes at once build once", async () => {
  go("4.0.0", 1);
  const program2 = `
    import { findTemporalCli } from ${JSON.stringify(resolve("src/server/find-temporal-cli.ts"))};
    const { version } = await findTemporalCli({ env: process.env, cacheDir: ${JSON.stringify(join(folder, "cache"))} });
    console.log(version);`;
  const start = () =>
    new Promise<string>((done) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program2], { env: withGo });
      let out = "";
      child.stdout.on("data", (chunk) => (out += String(chunk)));
      child.once("close", () => done(out.trim()));
    });
  expect(await Promise.all([start(), start(), start()])).toEqual(["4.0.0", "4.0.0", "4.0.0"]);
  expect(builds()).toBe(1);
});

test("where nothing works the error says what was tried and what to do", async () => {
  const failure = await find({ PATH: "/nowhere" }).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    diagnostics: [
      {
        code: "server/no-cli",
        message: expect.stringContaining("there is no go on PATH"),
        hint: expect.stringContaining("TEMPORAL_ADDRESS"),
      },
    ],
  });
});

test("a variable that names something else is an error, not passed over", async () => {
  temporal("cache/bin/temporal", "3.0.0");
  const AIWORKFLOW_TEMPORAL_CLI = program("mine", "#!/bin/sh\nexit 1\n");
  await expect(find({ AIWORKFLOW_TEMPORAL_CLI })).rejects.toMatchObject({ diagnostics: [{ code: "server/no-cli" }] });
});
