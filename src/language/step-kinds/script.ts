import { refuseOwnVariable } from "../refuse-own-variable.ts";
import { ACTION_TIMEOUT_MS, type StepCompiler } from "./step-compiler.ts";

/** First words of a `… run` fence. */
export const SHELL_NAMES = ["bash", "sh", "python", "js", "ts"] as const;

/** `run:` or a `bash run` fence. */
export const scriptKind: StepCompiler = {
  kind: "script",
  key: "run",
  keys: ["with", "shell", "workdir"],
  undoes: true,
  compile(draft) {
    const { reader, script } = draft;
    const inline = reader.text("run");
    const body = script?.body ?? inline ?? "";
    const shell = script?.info.split(/\s+/)[0] ?? reader.oneOf("shell", SHELL_NAMES) ?? "bash";
    if (script !== undefined && inline !== undefined) {
      draft.complain({
        code: "step/two-actions",
        message: "the step has a `run:` and a run block",
        span: reader.spanOf(["run"], "key"),
      });
    }
    if (script !== undefined && reader.has("shell")) {
      draft.complain({
        code: "step/bad-value",
        message: "the block's first word is the shell already",
        span: reader.spanOf(["shell"], "key"),
      });
    }
    if (body.trim() === "")
      draft.complain({ code: "step/empty", message: "the script is empty", span: draft.headingSpan });
    const at = body.indexOf("${{");
    if (at >= 0) {
      const before = body.slice(0, at).split("\n");
      const line = (script?.bodyLine ?? 0) + before.length - 1;
      const column = (before.at(-1)?.length ?? 0) + (script?.bodyColumn ?? 1);
      const span =
        script === undefined ? reader.spanOf(["run"]) : { line, column, endLine: line, endColumn: column + 3 };
      draft.complain({ code: "expression/in-script", message: "`${{` stands inside a script body", span });
    }
    refuseOwnVariable(reader, "with", "step/bad-value");
    const workdir = reader.text("workdir");
    return {
      kind: "script",
      effect: "at-most-once",
      timeoutMs: ACTION_TIMEOUT_MS,
      fields: { shell, body, with: draft.compileWith(), ...(workdir === undefined ? {} : { workdir }) },
    };
  },
};
