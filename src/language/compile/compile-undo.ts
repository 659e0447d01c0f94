import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import type { OwnTypes } from "../../expressions/type-scope.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Step } from "../../plan/step.ts";
import { EFFECTS } from "../tool-kinds/parse-operations.ts";
import { checkKeys } from "../reader.ts";
import { stepCompilers } from "../step-kinds/step-kinds.ts";
import type { ExpressionSite } from "./check-values.ts";
import { compileAction, compileEnv } from "./compile-action.ts";
import { parseRetry } from "./parse-retry.ts";
import { refuseKeys } from "./refuse-keys.ts";
import type { StepHead } from "./read-steps.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

const HEARTBEAT_MS = 10_000;
/** An undo is tried more often than a step: nobody is there to do it instead. */
const UNDO_ATTEMPTS = 5;
const KEYS = ["env", "effect", "retry", "timeout", "heartbeat"];

/** What an undo may ask of the step: its `output` (null where it has none), its `outcome`, its idempotency `key`. */
export function undoTypes(result: OwnTypes): OwnTypes {
  return { ...result, output: { ...result.output, nullable: true }, names: ["outcome", "key"] };
}

/** Compiles `undo:` or a `yaml undo` block to a step of its own; `undo: none` says that the effect stays. */
export function compileUndo(
  head: StepHead,
  context: {
    readonly frame: WorkflowFrame;
    readonly site: ExpressionSite;
    readonly complain: (complaint: Omit<Complaint, "file">) => void;
  },
): Pick<Step, "undo" | "keepsEffect"> {
  const { frame, site, complain } = context;
  const value = head.reader.raw("undo");
  if (value === "none") return { keepsEffect: true };
  if (value !== undefined && !isJsonObject(value))
    head.reader.complain("undo", {
      code: "step/bad-undo",
      message: `${JSON.stringify(value).slice(0, 60)} is no action`,
    });
  const reader = isJsonObject(value) ? head.reader.map("undo") : undefined;
  if (reader === undefined) return {};
  refuseItems(head, site);
  const named = stepCompilers.filter(({ key, undoes }) => key !== undefined && undoes && reader.has(key));
  const [compiler] = named;
  if (compiler === undefined || named.length > 1) {
    complain({
      code: "step/bad-undo",
      message: named.length > 1 ? "an undo does one thing" : "the undo does nothing",
      span: head.reader.spanOf(["undo"]),
    });
    return {};
  }
  const ofAgent = compiler.kind === "agent" ? ["prompt"] : [];
  const known = [...KEYS, ...ofAgent, compiler.key as string, ...compiler.keys];
  checkKeys(reader, { known, unknownCode: "step/unknown-key" });
  refuseKeys(reader, compiler);
  const own = compileAction(
    compiler,
    { head, reader, prose: reader.text("prompt") ?? "", script: undefined },
    { frame, site, complain, children: () => [] },
  );
  if (own === undefined) return {};
  const effect = reader.oneOf("effect", EFFECTS) ?? "idempotent";
  const undo = {
    id: head.id,
    path: `${head.path}/undo`,
    title: `Undo ${head.title}`,
    kind: own.kind,
    source: { file: frame.file, line: head.span.line, column: head.span.column },
    needs: [],
    retry: parseRetry(reader, { ...frame.retry, maxAttempts: effect === "at-most-once" ? 1 : UNDO_ATTEMPTS }, effect),
    timeoutMs: reader.durationMs("timeout") ?? own.timeoutMs,
    heartbeatMs: reader.durationMs("heartbeat") ?? HEARTBEAT_MS,
    continueOnError: false,
    effect,
    env: compileEnv(reader, frame, site),
    local: false,
    ...own.fields,
  };
  return { undo: undo as unknown as Step };
}

/** An item of a loop would stand in the way of what an undo is told. */
function refuseItems({ reader }: StepHead, { loop, own }: ExpressionSite): void {
  const items = [...(loop?.as === undefined ? [] : [loop.as]), ...(loop?.outer?.keys() ?? [])];
  const taken = items.find((item) => own?.names?.includes(item));
  if (taken === undefined) return;
  const message = `\`${taken}\` is the item of a loop here, and says something else in an undo`;
  reader.complain("undo", { code: "step/bad-undo", message, hint: "call the item something else with `as:`" });
}
