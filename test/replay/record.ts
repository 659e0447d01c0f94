// `node test/replay/record.ts`: records the histories of cases that have none yet for this engine. What is there stays.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { readHistory } from "../../src/client/read-history.ts";
import { ENGINE } from "../../src/plan/messages.ts";
import { findTemporalCli } from "../../src/server/find-temporal-cli.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type ReplayCase, replayCases } from "./cases.ts";

const folder = join(import.meta.dirname, `engine-${ENGINE}`);
mkdirSync(folder, { recursive: true });
process.env["AIWORKFLOW_TEMPORAL_CLI"] ??= (
  await findTemporalCli({ env: process.env, onProgress: console.error })
).path;
const project = await openProject({
  "replies.yaml": `greet: [hello]
talk:
  - calls: [{ call: look.up, with: { topic: a } }, { call: look.up, with: { topic: b } }]
  - { call: mail.send }
  - { n: x }
  - { n: 1 }
  - { n: 2 }
ask:
  - calls: [{ call: agent.other, with: { task: go } }, { call: look.up, with: { topic: c } }]
  - { n: x }
  - { n: 2 }
ask/other-1: [{ call: look.up, with: { topic: d } }, done]
hand: [{ call: look.up, with: { topic: e } }, { error: { status: 400 } }]
switch: [{ call: look.up, with: { topic: e } }]
`,
  "other.yaml":
    "hand: [{ call: look.up, with: { topic: f } }, done]\nswitch: [{ call: look.up, with: { topic: f } }, done]\n",
  "tools/look.sh": 'echo "about $topic"\n',
  "tools/look.yaml": "operations: { up: { description: Looks, parameters: { topic: string }, effect: read } }\n",
  "asks.md": "## Gate\n```yaml step\napproval: { message: Go? }\n```\n",
  "undoes.md": "## Do\n```bash run\necho 1\n```\n```yaml undo\nrun: echo undone\n```\n",
  "child.md": "## Kid\n```yaml step\nset: { a: 1 }\n```\n",
});
for (const [name, one] of Object.entries(replayCases)) {
  const file = join(folder, `${name.replaceAll(" ", "-")}.json`);
  if (existsSync(file)) continue;
  const run = await perform(project, one);
  const history = historyToJSON((await readHistory(project.connected, run + (one.child ?? ""))) as never);
  writeFileSync(file, `${JSON.stringify(JSON.parse(history, withoutPlaces))}\n`);
  console.log(file);
}
await project.close();

/** Where it was recorded is nobody's business. */
function withoutPlaces(key: string, value: unknown): unknown {
  if (key === "identity") return "recorder";
  if (key !== "data" || typeof value !== "string") return value;
  const text = Buffer.from(value, "base64").toString("utf8");
  return text.includes(project.dir) ? Buffer.from(text.replaceAll(project.dir, "/project")).toString("base64") : value;
}

async function perform(
  { connected, start, follow }: TestProject,
  { markdown, acts = [] }: ReplayCase,
): Promise<string> {
  const run = await start(markdown);
  for (const act of acts) {
    await follow(run, "waiting");
    if (act === "cancel") await cancelRun(connected, run);
    else if (act === "signal") await connected.client.workflow.getHandle(run).signal("paid", { amount: 1 });
    else if (act === "pause") await controlRun(connected, run, { action: "pause" });
    else if (act === "skip") await controlRun(connected, run, { action: "skip", step: "gate" });
    else
      await decide(connected, {
        run,
        decision: act,
        by: "ann",
        ...(act === "answer" ? { form: { color: "red" } } : {}),
      });
    if (act === "approve" && acts.includes("pause")) await controlRun(connected, run, { action: "resume" });
  }
  await follow(run);
  return run;
}
