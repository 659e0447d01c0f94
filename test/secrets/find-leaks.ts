// Looks for a secret wherever a run leaves something: every history with each payload decoded, what the server says of the run,
// every file of the project's state byte for byte (the server's database and the ledger among them), the temporary folder,
// and what commands print.
import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { TestProject } from "../interpreter/open-project.ts";
import { runCommand } from "../command-line.ts";
import { historyText } from "./history-text.ts";

/** Where one of the forms of the secret stands: names of places. */
export async function findLeaks(project: TestProject, run: string, secret: string): Promise<readonly string[]> {
  const forms = formsOf(secret);
  const leaks: string[] = [];
  const look = (where: string, bytes: Buffer) => {
    for (const [name, form] of forms) if (bytes.includes(form)) leaks.push(`${where} (${name})`);
  };
  look("history", Buffer.from(await historyText(project.connected, run)));
  const { raw } = await project.connected.client.workflow.getHandle(run).describe();
  look("describe", Buffer.from(textOf(raw)));
  look("report", Buffer.from(JSON.stringify(await project.follow(run))));
  const state = join(project.dir, ".aiworkflow");
  for (const file of filesBelow(state)) look(relative(state, file), read(file));
  return leaks;
}

/** Commands whose output holds a form of the secret. */
export async function findInCommands(project: TestProject, run: string, secret: string): Promise<readonly string[]> {
  const commands = [
    ["show", run],
    ["show", run, "--json"],
    ["log", run],
    ["list", "--json"],
  ];
  const printed = await Promise.all(commands.map((args) => runCommand(project.dir, ...args)));
  const forms = formsOf(secret);
  return commands
    .map((args) => args.join(" "))
    .filter((_, index) => {
      const { stdout = "", stderr = "" } = printed[index] ?? {};
      return forms.some(([, form]) => (stdout + stderr).includes(form));
    });
}

/** Files below a folder that hold a form of the secret. */
export function findInFolder(folder: string, secret: string): readonly string[] {
  const forms = formsOf(secret);
  return filesBelow(folder).filter((file) => {
    const bytes = read(file);
    return forms.some(([, form]) => bytes.includes(form));
  });
}

/** As it is and as programs write it elsewhere; of base64 what stays the same whatever stands before and after. */
function formsOf(secret: string): readonly (readonly [name: string, form: string])[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    const text = all.toString("base64");
    return [`base64+${before}`, text.slice(Math.ceil((before * 4) / 3), Math.floor((all.length * 4) / 3))] as const;
  });
  // A good half of a secret is a leak, too.
  const half = Math.ceil(secret.length / 2);
  return [
    ["first half", secret.slice(0, half)],
    ["second half", secret.slice(-half)],
    ["URL", encodeURIComponent(secret)],
    ...base64,
  ];
}

function filesBelow(folder: string): readonly string[] {
  const isFile = (entry: Dirent) => entry.isFile();
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(isFile)
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Files come and go while a server runs. */
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}
