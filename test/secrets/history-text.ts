import type { Connected } from "../../src/client/connect-client.ts";

/** Every history of a run as one text in which each payload can be read; to search for what must be in it, or must not. */
export async function historyText({ client }: Connected, run: string): Promise<string> {
  const ids = new Set<string>();
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${run}'` })) ids.add(runId);
  // The list lags behind.
  ids.add((await client.workflow.getHandle(run).describe()).runId);
  const texts: string[] = [];
  for (const id of ids) {
    const { events } = await client.workflow.getHandle(run, id).fetchHistory();
    decode(events, texts);
  }
  return texts.join("\n");
}

/** Bytes as text, everything else as it is; names of fields, too. */
function decode(value: unknown, texts: string[]): void {
  if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString("utf8"));
  else if (Array.isArray(value)) for (const part of value) decode(part, texts);
  else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      texts.push(name);
      decode(part, texts);
    }
  } else texts.push(String(value));
}
