// A small MCP mail server over a folder of mails: `<root>/<folder>/<id>.eml`. Every change is appended to
// `<root>/ledger.jsonl`, so that anybody can see what happened how often.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const root = resolve(process.argv[2] ?? "mail");
/** How long the server thinks before it moves a mail; a real one takes its time. */
const thinkMs = Number(process.argv[3] ?? 0);
const ledger = join(root, "ledger.jsonl");
const id = z.string().regex(/^[\w-]+$/);
const folder = z.string().regex(/^[\w-]+$/);

function findMail(mail: string): { readonly folder: string; readonly path: string } | undefined {
  for (const name of readdirSync(root)) {
    const path = join(root, name, `${mail}.eml`);
    if (existsSync(path)) return { folder: name, path };
  }
  return undefined;
}

function header(text: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, "im").exec(text)?.[1] ?? "";
}

function note(entry: object): void {
  appendFileSync(ledger, `${JSON.stringify(entry)}\n`);
}

function noteOnce(entry: object): void {
  const known = existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n") : [];
  if (!known.includes(JSON.stringify(entry))) note(entry);
}

function answer(value: object): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text: JSON.stringify(value) }] };
}

function missing(mail: string): { content: { type: "text"; text: string }[]; isError: true } {
  return { content: [{ type: "text", text: `there is no mail ${mail}` }], isError: true };
}

const server = new McpServer({ name: "mail", version: "1.0.0" });

server.registerTool(
  "list_messages",
  {
    description: "The mails of a folder, oldest first",
    inputSchema: z.object({ folder, limit: z.number().int().positive().optional() }),
  },
  async ({ folder: name, limit }) => {
    const files = existsSync(join(root, name)) ? readdirSync(join(root, name)).sort() : [];
    const messages = files.slice(0, limit).map((file) => {
      const text = readFileSync(join(root, name, file), "utf8");
      return { id: basename(file, ".eml"), from: header(text, "From"), subject: header(text, "Subject") };
    });
    return answer({ messages });
  },
);

server.registerTool(
  "read_message",
  { description: "The text of one mail", inputSchema: z.object({ id }) },
  async ({ id: mail }) => {
    const found = findMail(mail);
    return found === undefined
      ? missing(mail)
      : answer({ id: mail, folder: found.folder, text: readFileSync(found.path, "utf8") });
  },
);

server.registerTool(
  "save_draft",
  { description: "Keeps an answer to a mail as a draft", inputSchema: z.object({ id, text: z.string() }) },
  async ({ id: mail, text }) => {
    const found = findMail(mail);
    if (found === undefined) return missing(mail);
    const draft = `To: ${header(readFileSync(found.path, "utf8"), "From")}\n\n${text}\n`;
    mkdirSync(join(root, "drafts"), { recursive: true });
    writeFileSync(join(root, "drafts", `re-${mail}.eml`), draft);
    note({ act: "draft", id: mail });
    return answer({ id: mail, draft: `drafts/re-${mail}.eml` });
  },
);

server.registerTool(
  "move_message",
  {
    description: "Moves a mail into a folder; a mail that is there already stays",
    inputSchema: z.object({ id, folder }),
  },
  async ({ id: mail, folder: target }) => {
    await sleep(thinkMs);
    const found = findMail(mail);
    if (found === undefined) return missing(mail);
    if (found.folder !== target) {
      mkdirSync(join(root, target), { recursive: true });
      renameSync(found.path, join(root, target, `${mail}.eml`));
    }
    // A server killed between the move and its note is asked again.
    noteOnce({ act: "move", id: mail, folder: target });
    return answer({ id: mail, folder: target });
  },
);

await server.connect(new StdioServerTransport());
