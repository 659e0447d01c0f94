import type { StepStatus } from "../../src/plan/report.ts";

// One workflow for every kind of step and way to end: their histories are recorded once per engine version and replayed by the
// tests for ever. Add a case; never change one.

/** A workflow, and what is done with its run from outside. */
export interface ReplayCase {
  readonly markdown: string;
  /** Kinds of steps with the status that one of them has in the end; `record.ts` looks whether it is so. */
  readonly shows?: readonly `${string} ${StepStatus}`[];
  /** The history is that of this child run: what stands behind the run's id. */
  readonly child?: string;
  /** The history is that of this workflow. */
  readonly workflowId?: string;
  /** On a server that soon suggests a new history; the last one is kept. */
  readonly isLong?: boolean;
  /** Each but the last three is done once the run waits; the others once a step of it runs, or when it has ended. */
  readonly acts?: readonly (
    | "approve"
    | "reject"
    | "answer"
    | "signal"
    | "cancel"
    | "pause"
    | "skip"
    | "approve-beside"
    | "cancel-running"
    | "rerun-two"
  )[];
}

const script = (title: string, body: string, yaml = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const gate = yaml("Gate", "approval: { message: Go?, expires: 1h }");
const recorded = "---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\n---\n";

const several =
  "a: { kind: recorded, replies: replies.yaml, price: { unit: requests, usd: 1 } }, b: { kind: recorded, replies: other.yaml }";

const form = yaml("Form", "ask: { message: Which?, fields: { color: string }, expires: 1h }");
const once = "effect: read\nretry: { max-attempts: 1 }";

const long = yaml(
  "Each",
  `for-each: ${JSON.stringify(Array.from({ length: 501 }, (_, index) => index))}\nset: { n: "\${{ item }}" }`,
);

/** By name; the file of a history is the name. */
export const replayCases: Readonly<Record<string, ReplayCase>> = {
  "agent completed": { markdown: `${recorded}## Greet\nSay hello.\n`, shows: ["agent completed"] },
  // Recorded before loops had guards: calls at once, `verify` outside of the loop. No compiler makes such a plan any more.
  "agent before guards": {
    markdown: `${recorded}${yaml("Talk", "tools: [look.up]\noutput: { n: integer }\nverify: output.n > 1").replace("\n", "\nTalk.\n")}`,
  },
  "agent that asks an agent": {
    markdown: `${recorded}${yaml(
      "Ask",
      "tools: [look.up]\noutput: { n: integer }\nverify: { run: 'echo $output' }\nagents: { other: { agent: a, tools: [look.up] } }",
    ).replace("\n", "\nAsk.\n")}`,
  },
  "agent handed over": {
    markdown: `---\nagents: { ${several} }\n---\n${yaml(
      "Hand",
      "agent: { primary: a, fallback: [b] }\ntools: [look.up]\nretry: { max-attempts: 1 }",
    ).replace("\n", "\nHand over.\n")}`,
  },
  "agent switched for want of money": {
    markdown: `---\nagents: { ${several} }\nbudget: { usd: 1, on-limit: switch, switch-to: b }\n---\n${yaml(
      "Switch",
      "agent: a\ntools: [look.up]",
    ).replace("\n", "\nSwitch.\n")}`,
  },
  "script completed": { markdown: script("One", "echo 1") + script("Two", "echo 2") },
  "script failed": {
    markdown: script("One", "exit 3", "retry: { max-attempts: 2, initial-interval: 10ms }\neffect: read"),
  },
  "script timed out": { markdown: script("One", "sleep 30", "timeout: 300ms"), shows: ["script outcome-unknown"] },
  "script local": { markdown: script("One", "echo 1", "local: true\neffect: read") },
  "set with a large value": {
    markdown:
      script("Big", "node -e 'console.log(JSON.stringify(\"x\".repeat(9000)))'", "output: string\neffect: read") +
      yaml("Size", 'set: { n: "${{ steps.big.output.size() }}" }'),
  },
  "wait and skipped": {
    markdown: yaml("Rest", "wait: 50ms") + yaml("Not", "if: 1 > 2\nset: { a: 1 }"),
    shows: ["wait completed", "set skipped"],
  },
  "approval approved": { markdown: gate, acts: ["approve"], shows: ["approval completed"] },
  "approval rejected": { markdown: gate, acts: ["reject"], shows: ["approval failed"] },
  "approval cancelled": { markdown: gate, acts: ["cancel"], shows: ["approval cancelled"] },
  "approval skipped": { markdown: gate, acts: ["skip"], shows: ["approval skipped"] },
  "ask answered": {
    markdown: yaml("Form", "ask: { message: Which?, fields: { color: string } }"),
    acts: ["answer"],
    shows: ["ask completed"],
  },
  "signal taken": {
    markdown: yaml("Paid", "wait-for: { signal: paid, schema: { amount: number } }"),
    acts: ["signal"],
    shows: ["wait-for completed"],
  },
  "for-each completed": {
    markdown: script(
      "Each",
      'echo "$i"',
      'for-each: [1, 2, 3]\nmax-parallel: 2\nwith: { i: "${{ item }}" }\neffect: read',
    ),
  },
  "for-each failed": {
    markdown: script(
      "Each",
      '[ "$i" -lt 2 ]',
      'for-each: [1, 2, 3]\nwith: { i: "${{ item }}" }\neffect: read\nretry: { max-attempts: 1 }',
    ),
  },
  "repeat completed": {
    markdown: script(
      "Poll",
      'echo "$i"',
      'repeat: { until: output == 2, max: 4, every: 10ms }\nwith: { i: "${{ index }}" }\noutput: integer\neffect: read',
    ),
  },
  "group joined by any": {
    markdown:
      yaml("Race", "group: { join: any }") +
      script("Quick", "echo 1", "effect: read", "###") +
      script("Slow", "sleep 30", "effect: read", "###"),
  },
  "group in a loop": {
    markdown:
      yaml("Each", "for-each: [1, 2]\ngroup: { sequence: true }") +
      script("A", 'echo "$i"', 'with: { i: "${{ item }}" }\neffect: read', "###") +
      yaml("B", 'set: { a: "${{ steps.a.output }}" }', "###"),
    shows: ["group completed"],
  },
  "handled failure and finally": {
    markdown:
      script("Try", "exit 1", "on-error: fix") +
      yaml("Fix", "set: { a: 1 }") +
      script("Finally", "echo end", "undo: none"),
  },
  "child that waits is cancelled": {
    markdown: yaml("Call", "workflow: asks.md"),
    acts: ["cancel"],
    shows: ["workflow cancelled"],
  },
  "child taken back": {
    markdown: `---\non-failure: rollback\n---\n${yaml("Call", "workflow: undoes.md")}${script("Two", "exit 1", "effect: read\nretry: { max-attempts: 1 }")}`,
    shows: ["workflow compensated"],
  },
  "for-each in parts": { markdown: long },
  "part of a for-each": { markdown: long, child: ".each[200..399]" },
  "child workflow": { markdown: yaml("Call", "workflow: child.md"), shows: ["workflow completed"] },
  "rolled back": {
    markdown: `---\non-failure: rollback\n---\n${script("One", "echo 1", "undo: { run: echo undone }")}${script("Two", "exit 1", "undo: { run: exit 2, retry: { max-attempts: 1 } }")}`,
  },
  paused: { markdown: gate + script("Two", "echo 2"), acts: ["pause", "approve"] },
  "agent failed": {
    markdown: `${recorded}${yaml("Refuse", "retry: { max-attempts: 1 }").replace("\n", "\nGo.\n")}`,
    shows: ["agent failed"],
  },
  "tool completed": { markdown: yaml("Look", "uses: look.up\nwith: { topic: a }"), shows: ["tool completed"] },
  "tool failed": { markdown: yaml("Odd", "uses: odd.fail"), shows: ["tool failed"] },
  "tool cancelled": { markdown: yaml("Odd", "uses: odd.rest"), acts: ["cancel-running"], shows: ["tool cancelled"] },
  "tool timed out": { markdown: yaml("Odd", "uses: odd.rest\ntimeout: 300ms"), shows: ["tool outcome-unknown"] },
  "script cancelled": { markdown: script("One", "sleep 30"), acts: ["cancel-running"], shows: ["script cancelled"] },
  "set failed": {
    markdown: `${yaml("One", "set: { n: 0 }")}${yaml("Two", 'set: { n: "${{ 1 / steps.one.output.n }}" }')}`,
    shows: ["set completed", "set failed"],
  },
  "wait cancelled": { markdown: yaml("Rest", "wait: 1h"), acts: ["cancel"], shows: ["wait cancelled"] },
  "wait skipped": { markdown: yaml("Gate", "wait: 1h"), acts: ["skip"], shows: ["wait skipped"] },
  "moment reached": {
    markdown:
      yaml("At", "set: { at: 2020-01-01T00:00:00Z }") + yaml("Until", 'wait-until: "${{ steps.at.output.at }}"'),
    shows: ["wait-until completed"],
  },
  "moment that is none": {
    markdown: yaml("At", "set: { at: soon }") + yaml("Until", 'wait-until: "${{ steps.at.output.at }}"'),
    shows: ["wait-until failed"],
  },
  "moment cancelled": {
    markdown: yaml("Until", "wait-until: 2999-01-01T00:00:00Z"),
    acts: ["cancel"],
    shows: ["wait-until cancelled"],
  },
  "signal expired": {
    markdown: yaml("Paid", "wait-for: { signal: paid, timeout: 100ms }"),
    shows: ["wait-for failed"],
  },
  "signal cancelled": {
    markdown: yaml("Paid", "wait-for: { signal: paid }"),
    acts: ["cancel"],
    shows: ["wait-for cancelled"],
  },
  "signal skipped": {
    markdown: yaml("Gate", "wait-for: { signal: paid }"),
    acts: ["skip"],
    shows: ["wait-for skipped"],
  },
  "approval expired": {
    markdown: yaml("Gate", "approval: { message: Go?, expires: 100ms }"),
    shows: ["approval failed"],
  },
  "approval beside work": {
    markdown:
      script("Work", "sleep 1", "effect: read\nneeds: []") +
      script("First", "true", "effect: read\nneeds: []") +
      yaml("Gate", "needs: [first]\napproval: { message: Go? }"),
    acts: ["approve-beside"],
    shows: ["approval completed"],
  },
  "ask rejected": { markdown: form, acts: ["reject"], shows: ["ask failed"] },
  "ask cancelled": { markdown: form, acts: ["cancel"], shows: ["ask cancelled"] },
  "ask expired": {
    markdown: yaml("Form", "ask: { message: Which?, fields: { color: string }, expires: 100ms }"),
    shows: ["ask failed"],
  },
  "ask skipped": {
    markdown: yaml("Gate", "ask: { message: Which?, fields: { color: string } }"),
    acts: ["skip"],
    shows: ["ask skipped"],
  },
  "child workflow failed": { markdown: yaml("Call", "workflow: fails.md"), shows: ["workflow failed"] },
  "child workflow timed out": {
    markdown: yaml("Call", "workflow: asks.md\ntimeout: 300ms"),
    shows: ["workflow failed"],
  },
  "child workflow of unknown outcome": {
    markdown: yaml("Call", "workflow: unknown.md"),
    shows: ["workflow outcome-unknown"],
  },
  "group failed": {
    markdown: yaml("All", "group:") + script("One", "exit 3", once, "###") + script("Two", "echo 2", once, "###"),
    shows: ["group failed", "script failed"],
  },
  "group timed out": {
    markdown: yaml("All", "group:\ntimeout: 300ms") + script("One", "sleep 30", once, "###"),
    shows: ["group failed", "script cancelled"],
  },
  "group cancelled": {
    markdown: yaml("All", "group:") + yaml("Gate", "approval: { message: Go? }", "###"),
    acts: ["cancel"],
    shows: ["group cancelled"],
  },
  "group joined by two": {
    markdown:
      yaml("Some", "group: { join: 2 }") +
      script("One", "echo 1", once, "###") +
      script("Two", "echo 2", once, "###") +
      yaml("Gate", "approval: { message: Go? }", "###"),
    shows: ["group completed", "approval cancelled"],
  },
  "for-each stopped": {
    markdown: script(
      "Each",
      '[ "$i" -lt 2 ] || exit 3',
      `for-each: [1, 2, 3]\nmax-parallel: 1\non-item-error: stop\nwith: { i: "\${{ item }}" }\n${once}`,
    ),
    shows: ["script failed"],
  },
  "repeat exhausted": {
    markdown: yaml("Never", "repeat: { until: output.a == 2, max: 3 }\nset: { a: 1 }"),
    shows: ["set failed"],
  },
  "verified at the second attempt": {
    markdown: script(
      "Guess",
      "echo x >> guesses; wc -l < guesses",
      "verify: output >= 2\noutput: integer\neffect: idempotent\nretry: { max-attempts: 3, initial-interval: 10ms }",
    ),
    shows: ["script completed"],
  },
  "on-failure continue": {
    markdown: `---\non-failure: continue\n---\n${script("One", "exit 3", once)}${script("Two", "echo 2")}`,
    shows: ["script failed", "script completed"],
  },
  "rolled back to a savepoint": {
    markdown: `---\non-failure: { rollback-to: middle }\n---\n${script("One", "echo 1", "undo: { run: echo undone }")}${script("Two", "echo 2", "savepoint: middle\nundo: { run: echo undone }")}${script("Three", "exit 3", once)}`,
    shows: ["script compensated", "script completed"],
  },
  "rolled back after a cancel": {
    markdown: `---\non-failure: rollback\n---\n${script("One", "echo 1", "undo: { run: echo undone }")}${gate}`,
    acts: ["cancel"],
    shows: ["script compensated"],
  },
  "run out of time": {
    markdown: `---\ntimeout: 1s\n---\n${script("One", "sleep 30", once)}`,
    shows: ["script cancelled"],
  },
  "in a concurrency group": {
    markdown: `---\nconcurrency: { group: one }\n---\n${script("One", "echo 1")}`,
    shows: ["script completed"],
  },
  // Recorded when a keeper looked every 30 s whether the holder lives, even with nobody in line.
  "keeper of a concurrency group": {
    markdown: yaml("Calls", "for-each: [1, 2]\nworkflow: rests.md"),
    workflowId: "concurrency-group/rests",
  },
  "begun again": {
    markdown:
      script("One", "echo 1") +
      script("Two", "[ -e begun-again ] || { touch begun-again; exit 3; }", once) +
      script("Three", "echo 3"),
    acts: ["rerun-two"],
    shows: ["script completed"],
  },
  "results inside of groups in a new history": {
    markdown:
      yaml("G", "group:") +
      script("A", "echo 7", "output: integer\neffect: read", "###") +
      Array.from({ length: 12 }, (_, index) => script(`S${index}`, `echo ${index}`)).join("") +
      yaml("Each", 'for-each: "${{ [1, 2] }}"\ngroup: { sequence: true }') +
      yaml("H", "group:", "###") +
      yaml("B", 'set: { x: "${{ item }}" }', "####") +
      script(
        "C",
        "echo $a $b",
        'with: { a: "${{ steps.a.output }}", b: "${{ steps.b.output.x }}" }\neffect: read',
        "###",
      ),
    isLong: true,
  },
  "gone on in a new history": {
    markdown:
      Array.from({ length: 12 }, (_, index) => script(`S${index}`, `echo ${index}`)).join("") +
      yaml("Gate", "approval: { message: Go?, expires: 1h }"),
    acts: ["approve"],
    isLong: true,
    shows: ["script completed", "approval completed"],
  },
};

/** How a step of each kind may end. `compensated` is that of any kind with an undo. */
export const ENDS: Readonly<Record<string, readonly StepStatus[]>> = {
  agent: ["completed", "failed"],
  tool: ["completed", "failed", "cancelled", "outcome-unknown"],
  script: ["completed", "failed", "cancelled", "outcome-unknown", "compensated"],
  set: ["completed", "failed", "skipped"],
  wait: ["completed", "cancelled", "skipped"],
  "wait-until": ["completed", "failed", "cancelled"],
  "wait-for": ["completed", "failed", "cancelled", "skipped"],
  approval: ["completed", "failed", "cancelled", "skipped"],
  ask: ["completed", "failed", "cancelled", "skipped"],
  workflow: ["completed", "failed", "cancelled", "outcome-unknown", "compensated"],
  group: ["completed", "failed", "cancelled"],
};
