// The process in which a module of a project is loaded: `describe FILE` prints what it exports, `call FILE` makes one call,
// told on standard input. What it says stands behind a line that the caller has made up; whatever the module itself prints
// goes to standard error. Imports `node:` alone: it starts with every call.
import { Console } from "node:console";
import { pathToFileURL } from "node:url";

interface Order {
  readonly operation: string;
  readonly arguments: unknown;
  readonly key: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** Stands before the answer. */
  readonly mark: string;
}

interface Operation {
  readonly call?: unknown;
  readonly [key: string]: unknown;
}

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
globalThis.console = new Console(process.stderr, process.stderr);

const [, , task, file = ""] = process.argv;
// Not awaited at the top: a call that never settles would end with a warning of Node's about this file.
void (task === "describe" ? describe() : readInput().then((order) => call(JSON.parse(order) as Order)));

async function describe(): Promise<void> {
  let said: object;
  try {
    const operations = Object.entries(await loadOperations()).map(([name, operation]) => {
      if (typeof operation?.call !== "function") throw new Error(`the operation ${name} has no function \`call\``);
      const { call: _, ...rest } = operation;
      return [name, rest];
    });
    said = { operations: Object.fromEntries(operations) };
    JSON.stringify(said);
  } catch (error) {
    said = { fault: textOf(error) };
  }
  write(`\n${JSON.stringify(said)}`, () => process.exit(0));
}

async function call({ operation, arguments: args, key, env, mark }: Order): Promise<void> {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort(new Error("the call was ended")));
  const answer = (said: object) => write(`\n${mark}\n${JSON.stringify(said)}`, () => process.exit(0));
  try {
    const found = (await loadOperations())[operation];
    if (typeof found?.call !== "function") throw new Error(`there is no operation ${operation}`);
    const value: unknown = await found.call(args, { key, env, signal: stop.signal });
    const json = JSON.stringify(value ?? null) as string | undefined;
    if (json === undefined) throw new Error(`${operation} gave a ${typeof value}, which is not JSON`);
    answer({ value: JSON.parse(json) as unknown });
  } catch (error) {
    answer({ error: textOf(error) });
  }
}

async function loadOperations(): Promise<Record<string, Operation | undefined>> {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly operations?: unknown };
  const { operations } = loaded;
  if (typeof operations !== "object" || operations === null || Array.isArray(operations))
    throw new Error("it does not export `operations`, an object with a name for each");
  return operations as Record<string, Operation>;
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
