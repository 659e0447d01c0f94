// `node test/replay/record.ts`: records the histories of cases that have none yet for this engine. What is there stays.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { cancelRun } from "../../src/client/cancel-run.ts";
import { controlRun } from "../../src/client/control-run.ts";
import { decide } from "../../src/client/decide.ts";
import { readHistory } from "../../src/client/read-history.ts";
import { findPoint, rerunFrom } from "../../src/client/rerun-run.ts";
import { ENGINE } from "../../src/plan/messages.ts";
import { findTemporalCli } from "../../src/server/find-temporal-cli.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { type ReplayCase, replayCases } from "./cases.ts";

const folder = join(import.meta.dirname, `engine-${ENGINE}`);
mkdirSync(folder, { recursive: true });
process.env["AIWORKFLOW_TEMPORAL_CLI"] ??= (
  await findTemporalCli({ env: process.env, onProgress: console.error })
).path;
const projectFiles = {
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
refuse: [{ error: { status: 400 } }]
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
  "rests.md": "---\nconcurrency: { group: rests }\n---\n## Rest\n```yaml step\nwait: 40s\n```\n",
  "fails.md": "## Kid\n```bash run\nexit 3\n```\n",
  "unknown.md": "## Kid\n```bash run\nsleep 30\n```\n```yaml step\ntimeout: 300ms\n```\n",
  "tools/odd.sh": "case $1 in fail) exit 3;; *) sleep 30;; esac\n",
  "tools/odd.yaml": "operations: { fail: { description: Fails }, rest: { description: Rests } }\n",
};
const project = await openProject(projectFiles);
const short = await openProject(projectFiles, { "limit.historyCount.suggestContinueAsNew": 40 });
for (const [name, one] of Object.entries(replayCases)) {
  const file = join(folder, `${name.replaceAll(" ", "-")}.json`);
  if (existsSync(file)) continue;
  const at = one.isLong === true ? short : project;
  const run = await perform(at, one);
  const ends = (await at.follow(run)).steps.map(({ kind, status }) => `${kind} ${status}`);
  const missing = (one.shows ?? []).filter((end) => !ends.includes(end));
  if (missing.length > 0) throw new Error(`${name} shows no ${missing.join(", ")}, but ${ends.join(", ")}`);
  const history = historyToJSON((await readHistory(at.connected, one.workflowId ?? run + (one.child ?? ""))) as never);
  writeFileSync(file, `${JSON.stringify(JSON.parse(history, withoutPlaces))}\n`);
  console.log(file);
}
await Promise.all([project.close(), short.close()]);

/** Where it was recorded is nobody's business. */
function withoutPlaces(key: string, value: unknown): unknown {
  if (key === "identity") return "recorder";
  if (typeof value !== "string") return value;
  if (key !== "data") return value.replaceAll(project.dir, "/project").replaceAll(short.dir, "/project");
  const text = Buffer.from(value, "base64").toString("utf8");
  const clean = text.replaceAll(project.dir, "/project").replaceAll(short.dir, "/project");
  return clean === text ? value : Buffer.from(clean).toString("base64");
}

async function perform(
  { connected, start, follow, reportWhen }: TestProject,
  { markdown, acts = [] }: ReplayCase,
): Promise<string> {
  const run = await start(markdown);
  for (const act of acts) {
    if (act === "cancel-running") {
      await reportWhen(run, ({ steps }) => steps.some(({ status }) => status === "running"));
      await cancelRun(connected, run);
      continue;
    }
    if (act === "rerun-two") {
      await follow(run);
      await rerunFrom(connected, run, await findPoint(connected, run, "two"));
      continue;
    }
    if (act === "approve-beside") {
      await reportWhen(run, ({ approvals }) => approvals.length > 0);
      await decide(connected, { run, decision: "approve", by: "ann" });
      continue;
    }
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
