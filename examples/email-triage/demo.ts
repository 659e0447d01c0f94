// `npm run demo`: the example end to end, in a working copy, so that the mails of the repository stay where they are.
// In a terminal you are asked; without one the demo answers by a plain Temporal signal as the user `demo`, and says so.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const example = dirname(fileURLToPath(import.meta.url));
const repository = join(example, "..", "..");
const work = join(repository, ".aiworkflow", "demo");
const main = join(repository, "src", "cli", "main.ts");
const run = `demo-${Date.now().toString(36)}`;

prepare();
console.error(`Working copy: ${relative(process.cwd(), work) || "."}\nInbox: ${list("inbox").join(", ")}\n`);
const child = spawn(process.execPath, [main, "run", ".", "--id", run], {
  cwd: work,
  stdio: ["inherit", "inherit", process.stdin.isTTY ? "inherit" : "pipe"],
});
let told = "";
child.stderr?.on("data", (chunk) => {
  process.stderr.write(String(chunk));
  told += String(chunk);
  if (/waits for a person: /.test(told)) {
    told = "";
    answer();
  }
});
child.on("exit", (code) => {
  const folders = ["inbox", "bug", "feature", "question", "drafts"];
  console.log(
    `\nOn disk now:\n${folders.map((folder) => `  mail/${folder}: ${list(folder).join(", ") || "empty"}`).join("\n")}`,
  );
  process.exit(code ?? 1);
});

/** The files of the example, fresh; the server's database of earlier demos stays. */
function prepare(): void {
  mkdirSync(work, { recursive: true });
  for (const name of readdirSync(work)) if (name !== ".aiworkflow") rmSync(join(work, name), { recursive: true });
  cpSync(example, work, { recursive: true, filter: (path) => !path.includes(".aiworkflow", example.length) });
}

/** What the Temporal CLI does when somebody types it. */
function answer(): void {
  const server = JSON.parse(readFileSync(join(work, ".aiworkflow", "server.json"), "utf8")) as {
    address: string;
    cli: string;
  };
  const input = JSON.stringify({ step: "sign_off", by: "demo", comment: "looks right" });
  console.error(
    `No terminal: answering as user demo, by\n  temporal workflow signal --workflow-id ${run} --name approve --input '${input}'\n`,
  );
  execFileSync(
    server.cli,
    ["workflow", "signal", "--address", server.address, "--workflow-id", run, "--name", "approve", "--input", input],
    { stdio: "ignore" },
  );
}

function list(folder: string): readonly string[] {
  const path = join(work, "mail", folder);
  return existsSync(path) ? readdirSync(path).sort() : [];
}
