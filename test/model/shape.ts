// What the generator makes up: a workflow as a tree, and its Markdown. Small enough to be read when a case fails.
import fc from "fast-check";

/** One step of a generated workflow. */
export interface Node {
  readonly kind: "work" | "approval" | "group";
  /** `group`: its steps, and how they are joined. */
  readonly children: readonly Node[];
  readonly sequence: boolean;
  /** How many must end well; 0: all. */
  readonly join: number;
  /** Items of a for-each around the step; -1: none. */
  readonly items: number;
  readonly stopOnItemError: boolean;
  /** Rounds of a repeat around the step; 0: none. */
  readonly rounds: number;
  readonly attempts: number;
  readonly undo: boolean;
  readonly continueOnError: boolean;
  /** The step after it takes care of its failure. */
  readonly handled: boolean;
  /** Which of the earlier steps it needs, as bits; 0: what the language gives. */
  readonly needs: number;
}

/** A whole workflow. */
export interface Shape {
  readonly steps: readonly Node[];
  readonly rollback: boolean;
  readonly continues: boolean;
}

const MAX_DEPTH = 4;

function node(depth: number): fc.Arbitrary<Node> {
  const leaf = fc.constantFrom<Node["kind"]>("work", "work", "work", "approval");
  const kind =
    depth >= MAX_DEPTH
      ? leaf
      : fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 2, arbitrary: fc.constant<Node["kind"]>("group") });
  return kind.chain((chosen) =>
    fc.record({
      kind: fc.constant(chosen),
      children: chosen === "group" ? fc.array(node(depth + 1), { minLength: 1, maxLength: 3 }) : fc.constant([]),
      sequence: fc.boolean(),
      join: fc.constantFrom(0, 0, 0, 1, 2),
      items: fc.constantFrom(-1, -1, -1, 0, 1, 2, 3),
      stopOnItemError: fc.boolean(),
      rounds: fc.constantFrom(0, 0, 0, 1, 2),
      attempts: fc.constantFrom(1, 1, 2),
      undo: fc.boolean(),
      continueOnError: fc.constantFrom(false, false, false, true),
      handled: fc.constantFrom(false, false, false, true),
      needs: fc.constantFrom(0, 0, 0, 1, 2, 3, 5),
    }),
  );
}

/** Any workflow of up to five levels. */
export const anyShape: fc.Arbitrary<Shape> = fc.record({
  steps: fc.array(node(0), { minLength: 1, maxLength: 4 }),
  rollback: fc.boolean(),
  continues: fc.constantFrom(false, false, true),
});

/** The workflow as a file; ids are `s1`, `s2`, … in the order of the file. */
export function toMarkdown({ steps, rollback, continues }: Shape): string {
  let count = 0;
  const level = (nodes: readonly Node[], depth: number): string => {
    const ids: string[] = [];
    let handles: string | undefined;
    return nodes
      .map((one, index) => {
        count += 1;
        const id = `s${count}`;
        const isHandler = handles !== undefined;
        const hasHandler = one.handled && index + 1 < nodes.length && !isHandler;
        const needs = ids.filter((_, bit) => (one.needs >> bit) & 1);
        const text = [
          `${"#".repeat(depth + 2)} ${id}`,
          "```yaml step",
          ...body(one),
          ...(one.items < 0
            ? []
            : [
                `for-each: ${JSON.stringify(Array.from({ length: one.items }, (_, item) => item))}`,
                "max-parallel: 2",
                `on-item-error: ${one.stopOnItemError ? "stop" : "finish"}`,
              ]),
          ...(one.rounds === 0 ? [] : [`repeat: { max: ${one.rounds} }`]),
          ...(hasHandler
            ? [`on-error: s${count + 1 + sizeOf(one.children)}`]
            : one.continueOnError
              ? ["continue-on-error: true"]
              : []),
          ...(isHandler || needs.length === 0 ? [] : [`needs: [${needs.join(", ")}]`]),
          "```",
        ].join("\n");
        if (!isHandler) ids.push(id);
        handles = hasHandler ? id : undefined;
        return `${text}\n${level(one.children, depth + 1)}`;
      })
      .join("\n");
  };
  const onFailure = rollback ? "rollback" : continues ? "continue" : "stop";
  return `---\non-failure: ${onFailure}\n---\n${level(steps, 0)}`;
}

function sizeOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + sizeOf(children), 0);
}

/** One that says it is handled has the next one for its handler, which is nothing else then. */
function countWithoutHandlers(nodes: readonly Node[]): number {
  let count = 0;
  for (let index = 0; index < nodes.length; index += nodes[index]?.handled === true ? 2 : 1) count += 1;
  return count;
}

function body(one: Node): readonly string[] {
  if (one.kind === "approval") return ["approval: { message: Go? }"];
  if (one.kind === "group") {
    const join =
      one.join === 0 || one.sequence ? "all" : String(Math.min(one.join, countWithoutHandlers(one.children)));
    return [`group: { join: ${join}, sequence: ${one.sequence} }`];
  }
  const retry = `retry: { max-attempts: ${one.attempts}, initial-interval: 1ms }`;
  return ["run: work", retry, one.undo ? "undo: { run: undo }" : "undo: none"];
}
