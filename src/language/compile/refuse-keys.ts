import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Reader } from "../reader.ts";
import type { StepCompiler } from "../step-kinds/step-compiler.ts";
import type { StepHead } from "./read-steps.ts";

/** A `verify` has attempts and an environment in steps of every kind. */
const OF_VERIFY = new Set(["retry", "env"]);

/** Keys that this kind would have to ignore, of those of other kinds as well: said, never passed over. */
export function refuseKeys(
  reader: Reader,
  { kind, keys, refuses = {} }: StepCompiler,
  ofKinds: readonly string[] = [],
): void {
  const refuse = (key: string, hint?: string) => {
    const message = `${key} has no meaning in a step of kind ${kind}`;
    reader.complain(key, { code: "step/unknown-key", message, ...(hint === undefined ? {} : { hint }) }, "key");
  };
  for (const key of ofKinds) if (reader.has(key) && !keys.includes(key)) refuse(key);
  for (const [key, hint] of Object.entries(refuses))
    if (reader.has(key) && !(OF_VERIFY.has(key) && reader.has("verify"))) refuse(key, hint);
}

/** Blocks that this kind would have to ignore: a prompt that nobody reads, a schema of nothing. */
export function refuseBlocks(
  { fences, reader }: StepHead,
  { kind, key, asks, refuses = {} }: StepCompiler,
  complain: (complaint: Omit<Complaint, "file">) => void,
): void {
  const [prompt, schema] = ["md prompt", "json schema"].map((words) =>
    fences.find(({ info }) => info.split(/\s+/).join(" ") === words),
  );
  const refuse = (block: string, span: Complaint["span"]) =>
    complain({
      code: "step/unknown-fence",
      message: `a \`${block}\` block has no meaning in a step of kind ${kind}`,
      hint: "leave its second word out, where it is only to be read",
      ...(span === undefined ? {} : { span }),
    });
  const settings = key === undefined ? undefined : reader.raw(key);
  const both = (what: string, span: Complaint["span"]) =>
    complain({
      code: "step/two-blocks",
      message: `the step has ${what} block`,
      ...(span === undefined ? {} : { span }),
    });
  if (prompt !== undefined && asks !== true) refuse("md prompt", prompt.span);
  else if (prompt !== undefined && isJsonObject(settings) && Object.hasOwn(settings, "message"))
    both("a `message:` and a `md prompt`", prompt.span);
  if (schema !== undefined && Object.hasOwn(refuses, "output")) refuse("json schema", schema.span);
  else if (schema !== undefined && reader.has("output")) both("an `output:` and a `json schema`", schema.span);
}
