import { nearestName } from "../yaml/nearest-name.ts";
import { checkArguments } from "../compile/check-arguments.ts";
import { knownSchema } from "../compile/known-schema.ts";
import { ACTION_TIMEOUT_MS, type StepCompiler } from "./step-compiler.ts";

/** `uses: tool.operation` with `with:`. */
export const toolKind: StepCompiler = {
  kind: "tool",
  key: "uses",
  keys: ["with"],
  undoes: true,
  compile(draft) {
    const { reader, tools } = draft;
    const [tool = "", ...rest] = (reader.text("uses") ?? "").split(".");
    const operation = rest.join(".");
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
    if (spec === undefined) {
      const near = nearestName(tool, Object.keys(tools));
      draft.complain({
        code: "step/unknown-tool",
        message: `there is no tool ${tool}`,
        span,
        hint: near === undefined ? undefined : `did you mean ${near}.${operation}?`,
        expected: Object.keys(tools).join(", "),
      });
    }
    const declared = spec?.operations[operation];
    // An MCP server may know more operations than the registry says; all other kinds have just those.
    if (spec !== undefined && spec.kind !== "mcp" && declared === undefined) {
      const near = nearestName(operation, Object.keys(spec.operations));
      draft.complain({
        code: "step/unknown-operation",
        message: `${tool} has no operation ${operation}`,
        span,
        hint: near === undefined ? undefined : `did you mean ${tool}.${near}?`,
        expected: Object.keys(spec.operations).join(", "),
      });
    }
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
      timeoutMs: spec?.timeoutMs ?? ACTION_TIMEOUT_MS,
      fields: { tool, operation, with: args },
    };
  },
};
