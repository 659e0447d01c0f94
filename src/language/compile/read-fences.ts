import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import { isMarked, MARKS } from "../parse/marks.ts";
import type { Fence } from "../parse/scan-markdown.ts";
import { SHELL_NAMES } from "../step-kinds/script.ts";

/** First words of blocks that act, by their mark. */
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  step: ["yaml"],
  with: ["yaml"],
  undo: ["yaml"],
  test: ["yaml"],
  prompt: ["md"],
  schema: ["json"],
  run: SHELL_NAMES,
};
const STEP_LIKE = new Set([
  "uses",
  "run",
  "agent",
  "set",
  "wait",
  "approval",
  "group",
  "for-each",
  "output",
  "if",
  "needs",
  "retry",
]);

/** Finds the script of a step among its blocks, and complains about blocks that do not exist, or stand there twice. */
export function readFences(
  fences: readonly Fence[],
  complain: (complaint: Omit<Complaint, "file">) => void,
): Fence | undefined {
  const found = new Map<string, Fence>();
  for (const fence of fences) {
    const { info, span } = fence;
    const [language = "", mark = "", ...rest] = info.split(/\s+/);
    if (!isMarked(fence)) {
      complainOfUnmarked(fence, complain);
      continue;
    }
    if (!LANGUAGES[mark]?.includes(language)) complainOfUnknown(fence, mark, complain);
    else if (rest.length > 0)
      complain({ code: "step/unknown-fence", message: `nothing may follow “${language} ${mark}”`, span });
    else if (mark === "test")
      complain({ code: "step/not-yet", message: `\`${info}\` blocks are not supported yet`, span });
    else if (found.has(mark) && mark === "run")
      complain({ code: "step/two-actions", message: "the step has two run blocks", span });
    else if (found.has(mark))
      complain({ code: "step/two-blocks", message: `the step has a second \`${language} ${mark}\` block`, span });
    found.set(mark, fence);
  }
  return found.get("run");
}

function complainOfUnknown(
  { info, span }: Fence,
  mark: string,
  complain: (complaint: Omit<Complaint, "file">) => void,
): void {
  const expected = LANGUAGES[mark]?.map((word) => `${word} ${mark}`).join(", ");
  complain({ code: "step/unknown-fence", message: `there is no block “${info}”`, expected, span });
}

/** A block that somebody meant to act. */
function complainOfUnmarked(fence: Fence, complain: (complaint: Omit<Complaint, "file">) => void): void {
  const { info, body, span } = fence;
  const [language, mark = ""] = info.toLowerCase().split(/\s+/);
  if (MARKS.has(mark)) return complainOfUnknown(fence, mark, complain);
  if (language !== "yaml" && language !== "yml") return;
  const keys = [...body.matchAll(/^([a-z-]+):/gm)].map(([, key]) => key as string);
  if (!keys.some((key) => STEP_LIKE.has(key))) return;
  const message = `this block looks like a step (${keys.join(", ")}) but is only shown to the agent`;
  complain({ code: "step/unmarked-block", message, span });
}
