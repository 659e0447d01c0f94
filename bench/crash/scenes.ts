import { act, head, inOrder, type Scene } from "./scene.ts";

const plain = { ends: ["completed"], attempts: 1, isSteady: true } as const;

/** Every scene, for a ledger at this address. */
export function createScenes(ledger: string): readonly Scene[] {
  const begin = (name: string, more = "") => head(name, ledger, more);
  return [
    {
      ...plain,
      name: "sequential",
      markdown: begin("sequential") + act("A") + act("B") + act("C") + act("D"),
      effects: ["a", "b", "c", "d"],
      order: inOrder("a", "b", "c", "d"),
    },
    {
      ...plain,
      name: "fan-out",
      markdown:
        begin("fan-out") +
        ["A", "B", "C", "D"].map((title) => act(title, { more: "needs: []" })).join("") +
        act("Join", { more: "needs: [a, b, c, d]" }),
      effects: ["a", "b", "c", "d", "join"],
      order: ["a", "b", "c", "d"].map((name) => [name, "join"] as const),
    },
    {
      ...plain,
      name: "for-each",
      markdown:
        begin("for-each") +
        act("Each", { name: "each-${{ index }}", more: 'for-each: "${{ [1, 2, 3, 4, 5] }}"\nmax-parallel: 2' }) +
        act("After"),
      effects: ["each-0", "each-1", "each-2", "each-3", "each-4", "after"],
      order: [0, 1, 2, 3, 4].map((index) => [`each-${index}`, "after"] as const),
    },
    {
      ...plain,
      name: "group",
      markdown:
        `${begin("group")}## Both\n\`\`\`yaml step\ngroup: { join: all }\n\`\`\`\n` +
        act("Left", { level: "###" }) +
        act("Right", { level: "###" }) +
        act("After"),
      effects: ["left", "right", "after"],
      order: [
        ["left", "after"],
        ["right", "after"],
      ],
    },
    {
      ...plain,
      name: "repeat",
      markdown:
        begin("repeat") +
        act("Round", {
          name: "round-${{ index }}",
          with: ', n: "${{ index }}"',
          body: 'echo "$n"',
          more: "repeat: { until: output >= 2, max: 9 }\noutput: integer",
        }) +
        act("After"),
      effects: ["round-0", "round-1", "round-2", "after"],
      order: inOrder("round-0", "round-1", "round-2", "after"),
    },
    {
      ...plain,
      name: "agent",
      markdown: `${begin("agent", "agent: clerk\n")}## Ask\nDo it.\n\`\`\`yaml step\ntools: [notes.keep, effect.apply]\n\`\`\`\n${act("After")}`,
      effects: ["note-1", "note-2", "mail-1", "after"],
      order: inOrder("note-1", "mail-1", "note-2", "after"),
      isSteady: false,
    },
    {
      ...plain,
      name: "tools",
      markdown:
        `${begin("tools")}## Keep\n\`\`\`yaml step\nuses: notes.keep\nwith: { name: note }\n\`\`\`\n` +
        `## Apply\n\`\`\`yaml step\nuses: effect.apply\nwith: { name: mail }\n\`\`\`\n${act("After")}`,
      effects: ["note", "mail", "after"],
      order: inOrder("note", "mail", "after"),
    },
    {
      ...plain,
      name: "approval",
      markdown: `${begin("approval")}${act("Before")}## Gate\n\`\`\`yaml step\napproval: { message: "Go?", approvers: [ann] }\n\`\`\`\n${act("After")}`,
      effects: ["before", "after"],
      order: inOrder("before", "after"),
      voteAfter: "before",
      isSteady: false,
    },
    {
      ...plain,
      name: "timer",
      markdown: `${begin("timer")}${act("Before")}## Rest\n\`\`\`yaml step\nwait: 700ms\n\`\`\`\n${act("After")}`,
      effects: ["before", "after"],
      order: inOrder("before", "after"),
      isSteady: false,
    },
    {
      ...plain,
      name: "rollback",
      markdown:
        begin("rollback", "on-failure: rollback\n") +
        act("A", { undo: true }) +
        act("B", { undo: true }) +
        act("C", { undo: true }) +
        "## Fail\n```bash run\nexit 7\n```\n```yaml step\neffect: read\nretry: { max-attempts: 1 }\n```\n",
      effects: ["a", "b", "c", "undo-c", "undo-b", "undo-a"],
      order: inOrder("a", "b", "c", "undo-c", "undo-b", "undo-a"),
      ends: ["compensated"],
    },
    {
      ...plain,
      name: "child",
      markdown: `${begin("child")}${act("Before")}## Call\n\`\`\`yaml step\nworkflow: sub.md\nwith: { tag: "\${{ inputs.tag }}" }\n\`\`\`\n${act("After")}`,
      effects: ["before", "inner-1", "inner-2", "after"],
      order: inOrder("before", "inner-1", "inner-2", "after"),
    },
    {
      ...plain,
      name: "at-most-once",
      markdown: begin("at-most-once") + act("A") + act("Pay", { effect: "at-most-once", half: 0.15 }) + act("After"),
      effects: ["a", "pay", "after"],
      order: inOrder("a", "pay", "after"),
      once: ["pay"],
      ends: ["completed", "outcome-unknown"],
    },
    {
      ...plain,
      name: "read",
      markdown: begin("read") + act("Look", { effect: "read" }) + act("Again", { effect: "read" }),
      effects: ["look", "again"],
      order: inOrder("look", "again"),
    },
    {
      ...plain,
      name: "failures",
      markdown:
        begin("failures") +
        act("Try", {
          body: '[ "$(tell try tried)" -ge 3 ] || exit 1',
          more: "retry: { max-attempts: 3, initial-interval: 50ms }",
        }) +
        act("After"),
      effects: ["try", "after"],
      order: inOrder("try", "after"),
      attempts: 3,
      isSteady: false,
    },
  ];
}

/** The workflow that the scene `child` calls. */
export function subWorkflow(ledger: string): string {
  return head("sub", ledger) + act("Inner 1", { name: "inner-1" }) + act("Inner 2", { name: "inner-2" });
}

/** A workflow with one long step, for cancels. */
export function longWorkflow(ledger: string): string {
  return head("long", ledger) + act("Long", { half: 20 });
}
