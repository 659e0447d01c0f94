import { splitOperation } from "../../plan/operation-name.ts";
import { checkArguments } from "../compile/check-arguments.ts";
import { checkOperation, complainOfTool } from "../compile/check-tool.ts";
import { knownSchema } from "../compile/known-schema.ts";
import { ACTION_TIMEOUT_MS, type StepCompiler } from "./step-compiler.ts";

/** `uses: tool.operation` with `with:`. */
export const toolKind: StepCompiler = {
  kind: "tool",
  key: "uses",
  keys: ["with"],
  refuses: { env: "give it by `with:`, or as `env:` of the tool's entry in registry.yaml" },
  undoes: true,
  compile(draft) {
    const { reader, tools } = draft;
    const { tool, operation } = splitOperation(reader.text("uses") ?? "");
    const span = reader.spanOf(["uses"]);
    if (operation === "") {
      draft.complain({
        code: "step/bad-value",
        message: "`uses` names a tool and an operation",
        expected: "uses: tool.operation",
        span,
      });
      return undefined;
    }
    const spec = Object.hasOwn(tools, tool) ? tools[tool] : undefined;
    if (spec === undefined) complainOfTool(draft, tool, { span, operation });
    else checkOperation(draft, { tool, operation }, span);
    const declared = spec?.operations[operation];
    const args = draft.compileWith();
    const schema = spec === undefined ? undefined : knownSchema(spec, operation, draft.files);
    if (schema !== undefined)
      for (const complaint of checkArguments(args, schema, {
        name: `${tool}.${operation}`,
        spanOf: (path) => (path.length === 0 || !reader.has("with") ? span : reader.spanOf(["with", ...path], "key")),
      }))
        draft.complain(complaint);
    return {
      kind: "tool",
      effect: declared?.effect ?? "at-most-once",
      timeoutMs: declared?.timeoutMs ?? spec?.timeoutMs ?? ACTION_TIMEOUT_MS,
      fields: { tool, operation, with: args },
    };
  },
};
