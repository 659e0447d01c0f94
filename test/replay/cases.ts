// One workflow for every kind of step and way to end: their histories are recorded once per engine version and replayed by the
// tests for ever. Add a case; never change one.

/** A workflow, and what is done with its run from outside. */
export interface ReplayCase {
  readonly markdown: string;
  /** The history is that of this child run: what stands behind the run's id. */
  readonly child?: string;
  readonly acts?: readonly ("approve" | "reject" | "answer" | "signal" | "cancel" | "pause" | "skip")[];
}

const script = (title: string, body: string, yaml = "effect: read", level = "##") =>
  `${level} ${title}\n\`\`\`bash run\n${body}\n\`\`\`\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const yaml = (title: string, text: string, level = "##") => `${level} ${title}\n\`\`\`yaml step\n${text}\n\`\`\`\n`;
const gate = yaml("Gate", "approval: { message: Go?, expires: 1h }");
const recorded = "---\nagent: a\nagents: { a: { kind: recorded, replies: replies.yaml } }\n---\n";

const several =
  "a: { kind: recorded, replies: replies.yaml, price: { unit: requests, usd: 1 } }, b: { kind: recorded, replies: other.yaml }";

const long = yaml(
  "Each",
  `for-each: ${JSON.stringify(Array.from({ length: 501 }, (_, index) => index))}\nset: { n: "\${{ item }}" }`,
);

/** By name; the file of a history is the name. */
export const replayCases: Readonly<Record<string, ReplayCase>> = {
  "agent completed": { markdown: `${recorded}## Greet\nSay hello.\n` },
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
  "script timed out": { markdown: script("One", "sleep 30", "timeout: 300ms") },
  "script local": { markdown: script("One", "echo 1", "local: true\neffect: read") },
  "set with a large value": {
    markdown:
      script("Big", "node -e 'console.log(JSON.stringify(\"x\".repeat(9000)))'", "output: string\neffect: read") +
      yaml("Size", 'set: { n: "${{ steps.big.output.size() }}" }'),
  },
  "wait and skipped": { markdown: yaml("Rest", "wait: 50ms") + yaml("Not", "if: 1 > 2\nset: { a: 1 }") },
  "approval approved": { markdown: gate, acts: ["approve"] },
  "approval rejected": { markdown: gate, acts: ["reject"] },
  "approval cancelled": { markdown: gate, acts: ["cancel"] },
  "approval skipped": { markdown: gate, acts: ["skip"] },
  "ask answered": { markdown: yaml("Form", "ask: { message: Which?, fields: { color: string } }"), acts: ["answer"] },
  "signal taken": {
    markdown: yaml("Paid", "wait-for: { signal: paid, schema: { amount: number } }"),
    acts: ["signal"],
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
  },
  "handled failure and finally": {
    markdown:
      script("Try", "exit 1", "on-error: fix") +
      yaml("Fix", "set: { a: 1 }") +
      script("Finally", "echo end", "undo: none"),
  },
  "child that waits is cancelled": { markdown: yaml("Call", "workflow: asks.md"), acts: ["cancel"] },
  "child taken back": {
    markdown: `---\non-failure: rollback\n---\n${yaml("Call", "workflow: undoes.md")}${script("Two", "exit 1", "effect: read\nretry: { max-attempts: 1 }")}`,
  },
  "for-each in parts": { markdown: long },
  "part of a for-each": { markdown: long, child: ".each[200..399]" },
  "child workflow": { markdown: yaml("Call", "workflow: child.md") },
  "rolled back": {
    markdown: `---\non-failure: rollback\n---\n${script("One", "echo 1", "undo: { run: echo undone }")}${script("Two", "exit 1", "undo: { run: exit 2, retry: { max-attempts: 1 } }")}`,
  },
  paused: { markdown: gate + script("Two", "echo 2"), acts: ["pause", "approve"] },
};
