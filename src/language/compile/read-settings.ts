import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import type { Diagnostic, Span } from "../../diagnostics/diagnostic.ts";
import { isJsonObject, type JsonValue } from "../../plan/json.ts";
import type { Fence, Section } from "../parse/scan-markdown.ts";
import { createReader, type Reader } from "../reader.ts";
import { parseYaml, type YamlResult } from "../yaml/parse-yaml.ts";

const MAIN = /^ya?ml\s+step$/;
/** Keys of a step that may have a block of their own, with the article of their name. */
const BLOCKS = [
  { key: "with", article: "a", info: /^yaml\s+with$/ },
  { key: "undo", article: "an", info: /^yaml\s+undo$/ },
] as const;

/** Where a block of YAML was read. */
interface Block {
  readonly fence: Fence;
  readonly yaml: YamlResult;
}

/** Reads the settings of a step: its `yaml step` block, with the blocks `yaml with` and `yaml undo` as these keys of it. */
export function readSettings(
  section: Section,
  context: { readonly file: string; readonly diagnostics: Diagnostic[]; readonly span: Span },
): Reader {
  const { file, diagnostics, span } = context;
  const complain = (code: string, message: string, where: Span) =>
    void diagnostics.push(createDiagnostic({ code, message, file, span: where }));
  const read = (info: RegExp): Block | undefined => {
    const fence = section.fences.find((one) => info.test(one.info));
    if (fence === undefined) return undefined;
    const yaml = parseYaml(fence.body, { file, line: fence.bodyLine, column: fence.bodyColumn });
    diagnostics.push(...yaml.diagnostics);
    return { fence, yaml };
  };

  const main = read(MAIN);
  const value = main?.yaml.value ?? {};
  if (main !== undefined && !isJsonObject(value))
    complain("yaml/not-a-map", "a `yaml step` block holds keys and values", main.fence.span);
  const object: Record<string, JsonValue> = isJsonObject(value) ? { ...value } : {};
  const own = new Map<string, Block>();
  for (const { key, article, info } of BLOCKS) {
    const block = read(info);
    if (block === undefined) continue;
    if (Object.hasOwn(object, key))
      complain("step/two-blocks", `the step has ${article} \`${key}:\` and a \`yaml ${key}\` block`, block.fence.span);
    if (block.yaml.value === undefined) continue;
    object[key] = block.yaml.value;
    own.set(key, block);
  }
  const given = object["with"];
  const spanOf: Reader["spanOf"] = (path, which) => {
    const block = own.get(String(path[0]));
    if (block === undefined) return main?.yaml.spanOf(path, which) ?? span;
    const isWhole = path.length === 1 && (which === "key" || block.yaml.value === null);
    return isWhole ? block.fence.span : block.yaml.spanOf(path.slice(1), which);
  };
  if (given !== undefined && !isJsonObject(given)) {
    const message = `with must be a map, not ${JSON.stringify(given).slice(0, 60)}`;
    const [expected, hint] = ["with: {name: value}", "give each value a name, also where it is an expression"];
    const where = spanOf(["with"], "value");
    diagnostics.push(createDiagnostic({ code: "step/bad-value", message, expected, hint, file, span: where }));
    delete object["with"];
  }
  const sourceOf: Reader["sourceOf"] = (path) => {
    const block = own.get(String(path[0]));
    return block === undefined ? main?.yaml.sourceOf?.(path) : block.yaml.sourceOf?.(path.slice(1));
  };
  return createReader(object, { file, diagnostics, yaml: { spanOf, sourceOf }, badValue: "step/bad-value" });
}
