import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import { isMarked } from "../parse/marks.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import { SHELL_NAMES } from "../step-kinds/script.ts";
import { parseYaml, type YamlResult } from "../yaml/parse-yaml.ts";
import type { StepHead } from "./read-steps.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

/** The blocks of a step beside its `yaml step` block. */
export interface MarkedFences {
  readonly script: Fence | undefined;
  readonly with: YamlResult | undefined;
  readonly undo: YamlResult | undefined;
}

/** Reads the marked blocks of a step, and complains about marks that do not exist. */
export function readFences(
  head: StepHead,
  frame: WorkflowFrame,
  complain: (complaint: Omit<Complaint, "file">) => void,
): MarkedFences {
  let script: Fence | undefined;
  const blocks: { with?: YamlResult; undo?: YamlResult } = {};
  for (const fence of head.fences.filter(isMarked)) {
    const [language = "", mark = ""] = fence.info.split(/\s+/);
    const { span } = fence;
    const valid: Readonly<Record<string, readonly string[]>> = {
      step: ["yaml"],
      with: ["yaml"],
      undo: ["yaml"],
      test: ["yaml"],
      prompt: ["md"],
      schema: ["json"],
      run: SHELL_NAMES,
    };
    if (!valid[mark]?.includes(language)) {
      complain({
        code: "step/unknown-fence",
        message: `there is no block “${fence.info}”`,
        expected: valid[mark]?.map((word) => `${word} ${mark}`).join(", "),
        span,
      });
    } else if (mark === "test") {
      complain({ code: "step/not-yet", message: `\`${fence.info}\` blocks are not supported yet`, span });
    } else if (mark === "run") {
      if (script !== undefined) complain({ code: "step/two-actions", message: "the step has two run blocks", span });
      script = fence;
    } else if (mark === "with" || mark === "undo") {
      const block = parseYaml(fence.body, { file: frame.file, line: fence.bodyLine, column: fence.bodyColumn });
      frame.diagnostics.push(...block.diagnostics);
      if (blocks[mark] !== undefined)
        complain({ code: "step/two-blocks", message: `the step has a second \`yaml ${mark}\` block`, span });
      blocks[mark] = block;
    }
  }
  return { script, with: blocks.with, undo: blocks.undo };
}
