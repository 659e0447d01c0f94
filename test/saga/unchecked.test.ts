// A cancel that comes between the work of a step and the check of its result: the effect is there, and is taken back.
import { activityInfo, ApplicationFailure } from "@temporalio/activity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { followRun } from "../../src/client/follow-run.ts";
import { compileWorkflow } from "../../src/language/compile-workflow.ts";
import type { ScriptCall } from "../../src/plan/activity.ts";
import { openStage, type Stage } from "../interpreter/open-stage.ts";

/** How the activities of one run end; that named `held` once the test lets it, and it does not hear of a cancel. */
interface Script {
  readonly held: string;
  readonly isRight: boolean;
  readonly began: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
  readonly called: { readonly id: string; readonly given: unknown }[];
}

const scripts = new Map<string, Script>();
let stage: Stage;
beforeAll(async () => {
  const perform = async (call: ScriptCall) => {
    const { activityId: id, workflowExecution } = activityInfo();
    const { held, isRight, began, released, called } = scripts.get(workflowExecution?.workflowId ?? "") as Script;
    called.push({ id, given: call.with });
    if (id === held) {
      began.resolve();
      await released.promise;
    }
    if (id.endsWith("/verify") && !isRight)
      throw ApplicationFailure.create({ type: "script/exit", message: "wrong", nonRetryable: true });
    return { output: id, attempts: 1 };
  };
  stage = await openStage(() => ({ perform, cachedRuns: Number(process.env["AIWORKFLOW_CACHED_RUNS"] ?? 400) }));
});
afterAll(() => stage.close());

test.each([
  { when: "before its check", held: "a", isRight: true, calls: ["a", "a/undo"] },
  { when: "before a second attempt", held: "a/verify", isRight: false, calls: ["a", "a/verify", "a/undo"] },
])("a cancel after a step's work, $when", async ({ when, held, isRight, calls }) => {
  const { connected } = stage;
  const run = when.replaceAll(" ", "-");
  const [began, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const called: Script["called"] = [];
  scripts.set(run, { held, isRight, began, released, called });
  const step = `verify: { run: "-" }\neffect: idempotent\nretry: { max-attempts: 2 }\nundo: { run: "-", with: { made: "\${{ output }}", outcome: "\${{ outcome }}" } }`;
  const { plan } = compileWorkflow(
    {
      file: "unchecked.md",
      bytes: `---\non-failure: rollback\n---\n## a\n\`\`\`bash run\n-\n\`\`\`\n\`\`\`yaml step\n${step}\n\`\`\`\n`,
    },
    { agents: {}, tools: {}, env: {}, readFile: () => undefined },
  );
  await stage.launch(run, plan as NonNullable<typeof plan>);
  await began.promise;
  await cancelRun(connected, run);
  const told = async () => {
    const { events } = await connected.client.workflow.getHandle(run).fetchHistory();
    return events?.some((event) => event.activityTaskCancelRequestedEventAttributes) ?? false;
  };
  await expect.poll(told, { timeout: 20_000 }).toBe(true);
  released.resolve();
  expect(await followRun(connected, run)).toMatchObject({ status: "compensated", unfinished: [] });
  expect(called.map(({ id }) => id)).toEqual(calls);
  expect(called.at(-1)?.given).toEqual({ made: "a", outcome: "unknown" });
});
