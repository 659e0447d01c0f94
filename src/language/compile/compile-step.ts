import { createDiagnostic, type Complaint } from "../../diagnostics/create-diagnostic.ts";
import { DYN, typeOfOutput } from "../../expressions/type-model.ts";
import type { LoopTypes } from "../../expressions/type-scope.ts";
import type { Effect } from "../../plan/plan.ts";
import type { Step } from "../../plan/step.ts";
import { EFFECTS } from "../tool-kinds/parse-operations.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { stepCompilers } from "../step-kinds/step-kinds.ts";
import type { StepCompiler } from "../step-kinds/step-compiler.ts";
import type { ExpressionSite } from "./check-values.ts";
import { compileAction, compileEnv } from "./compile-action.ts";
import { compileForEach, compileRepeat, compileTruth } from "./compile-cel.ts";
import { callsPricedTool } from "../costs/costs-of-plan.ts";
import { readStepBudget } from "../costs/read-step-budget.ts";
import { compileUndo, undoTypes } from "./compile-undo.ts";
import { readRepeat, type StepOrder } from "./order-steps.ts";
import { readPriority } from "./run-settings.ts";
import { compileVerify } from "./compile-verify.ts";
import { refuseBlocks, refuseKeys } from "./refuse-keys.ts";
import { readFences } from "./read-fences.ts";
import type { StepHead } from "./read-steps.ts";
import { parseRetry } from "./parse-retry.ts";
import type { WorkflowFrame } from "./workflow-frame.ts";

const HEARTBEAT_MS = 10_000;
const COMMON_KEYS = [
  "id",
  "if",
  "needs",
  "for-each",
  "as",
  "max-parallel",
  "on-item-error",
  "repeat",
  "retry",
  "timeout",
  "heartbeat",
  "continue-on-error",
  "on-error",
  "output",
  "verify",
  "undo",
  "savepoint",
  "commit",
  "effect",
  "env",
  "priority",
  "budget",
  "local",
];
const KNOWN_KEYS = [
  ...new Set([
    ...COMMON_KEYS,
    ...stepCompilers.flatMap(({ key, keys }) => (key === undefined ? keys : [key, ...keys])),
  ]),
];
/** Each has a meaning in some kinds only. */
const OWN_KEYS = [...new Set(stepCompilers.flatMap(({ keys }) => keys))];
const KEYS_OF_LOOPS = ["as", "max-parallel", "on-item-error"];
const SYNONYMS = {
  condition: "if",
  when: "if",
  prompt: "agent",
  "depends-on": "needs",
  foreach: "for-each",
  retries: "retry",
  inputs: "with",
  args: "with",
  command: "run",
  tool: "uses",
  action: "uses",
};

/** Compiles one step; undefined where it is too broken to go on with. */
export function compileStep(head: StepHead, frame: WorkflowFrame, outer?: LoopTypes): Step | undefined {
  const { file, diagnostics } = frame;
  const { reader } = head;
  const complain = (complaint: Omit<Complaint, "file">) =>
    void diagnostics.push(createDiagnostic({ file, ...complaint }));
  const script = readFences(head.fences, complain);
  checkKeys(reader, {
    known: KNOWN_KEYS,
    unknownCode: "step/unknown-key",
    synonyms: SYNONYMS,
  });
  const compiler = chooseKind(reader, script !== undefined, complain);
  if (compiler === undefined) return undefined;
  refuseBlocks(head, compiler, complain);
  const siteBefore: ExpressionSite = { ...frame.siteOf(head), loop: outer };
  const forEach = reader.has("for-each") ? compileForEach(reader, siteBefore) : undefined;
  const repeat = readRepeat(reader);
  const loop = forEach?.loop ?? (repeat === undefined ? outer : { ...outer, onlyIndex: outer?.item === undefined });
  const site: ExpressionSite = { ...siteBefore, loop };
  const own = compileAction(
    compiler,
    { head, reader, prose: head.prose, script },
    { frame, site, complain, children: () => compileChildren(head, frame, loop) },
  );
  if (own === undefined) return undefined;
  const effect = reader.oneOf("effect", EFFECTS) ?? own.effect;
  const whether = compileTruth(reader, "if", siteBefore);
  const order = frame.orders.get(head) as StepOrder;
  const description = compiler.kind === "agent" ? "" : head.prose.trim();
  const priority = readPriority(reader, "step/bad-value");
  const isPriced = callsPricedTool({ kind: own.kind, ...own.fields } as Step, frame.tools);
  const budget = readStepBudget(reader, { kind: own.kind, isPriced }, Object.keys(frame.agents));
  const savepoint = reader.text("savepoint");
  const commits = reader.flag("commit") ?? false;
  if (commits && outer !== undefined)
    reader.complain("commit", {
      code: "step/bad-value",
      message: "a step in a loop cannot commit: other items are under way",
    });
  const result = { id: head.id, output: typeOfOutput(head.output) };
  const verify = compileVerify(reader, { ...site, own: result });
  const undo = compileUndo(head, { frame, site: { ...site, own: undoTypes(result) }, complain });
  return {
    id: head.id,
    path: head.path,
    title: head.title,
    kind: own.kind,
    ...(description === "" ? {} : { description }),
    source: { file, line: head.span.line, column: head.span.column },
    needs: order.needs,
    ...(whether === undefined ? {} : { if: whether }),
    ...(forEach === undefined ? {} : { forEach: forEach.plan }),
    ...(repeat === undefined ? {} : { repeat: compileRepeat(repeat, { ...site, own: result }) }),
    ...(order.onError.length === 0 ? {} : { onError: order.onError }),
    ...(order.handles.length === 0 ? {} : { handles: order.handles }),
    ...verify,
    ...undo,
    ...(savepoint === undefined ? {} : { savepoint }),
    ...(commits ? { commits } : {}),
    ...(budget === undefined ? {} : { budget }),
    ...(priority === undefined ? {} : { priority }),
    retry: parseRetry(reader, frame.retry, effect),
    timeoutMs: reader.durationMs("timeout") ?? own.timeoutMs,
    heartbeatMs: reader.durationMs("heartbeat") ?? HEARTBEAT_MS,
    continueOnError: reader.flag("continue-on-error") ?? false,
    ...(head.output === undefined ? {} : { output: head.output }),
    effect,
    env: compileEnv(reader, frame, site),
    local: readLocal(reader, effect),
    ...own.fields,
  } as unknown as Step;
}

/** A local step leaves no mark until its workflow task ends: where a worker dies before, it runs again. */
function readLocal(reader: Reader, effect: Effect): boolean {
  const isLocal = reader.flag("local") ?? false;
  if (isLocal && effect === "at-most-once") {
    reader.complain("local", {
      code: "step/local-effect",
      message: "a local step may run again after a crash, so its effect must be `read` or `idempotent`",
      expected: "effect: read | idempotent",
    });
  }
  return isLocal;
}

/** The kind whose key the step has; the first one where it has none. */
function chooseKind(
  reader: Reader,
  hasScript: boolean,
  complain: (complaint: Omit<Complaint, "file">) => void,
): StepCompiler | undefined {
  const named = stepCompilers.filter(
    ({ key }) => key !== undefined && (reader.has(key) || (key === "run" && hasScript)),
  );
  const [compiler = stepCompilers[0]] = named;
  if (named.length > 1) {
    const keys = named.map(({ key }) => key).join(" and ");
    complain({
      code: "step/two-actions",
      message: `the step has ${keys}`,
      span: reader.spanOf([named[1]?.key as string], "key"),
    });
    return undefined;
  }
  if (compiler !== undefined) refuseKeys(reader, compiler, OWN_KEYS);
  for (const key of reader.has("for-each") ? [] : KEYS_OF_LOOPS)
    if (reader.has(key))
      reader.complain(key, { code: "step/unknown-key", message: `${key} has no meaning without \`for-each\`` }, "key");
  return compiler;
}

/** The steps of a group; the loop around the group is theirs too. */
function compileChildren(head: StepHead, frame: WorkflowFrame, loop: LoopTypes | undefined): readonly Step[] {
  const outer =
    loop?.as === undefined
      ? loop
      : { ...loop, outer: new Map([...(loop.outer ?? []), [loop.as, loop.item ?? DYN] as const]) };
  return head.children.flatMap((child) => compileStep(child, frame, outer) ?? []);
}
