import type { Plan } from "../plan/plan.ts";
import type { Step } from "../plan/step.ts";

/** The plan as a Mermaid flowchart. The same plan gives the same text. */
export function renderMermaid(plan: Plan): string {
  const lines = ["flowchart TD", ...renderLevel(plan.steps, "  ")];
  if (plan.finally !== undefined) {
    lines.push(...renderStep(plan.finally, "  "));
    for (const id of endsOf(plan.steps)) lines.push(`  ${id} --> ${plan.finally.id}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The plan as a drawing for a terminal: a line a step, children indented, with what it waits for where that is not the line above. */
export function renderDrawing({ steps, finally: last }: Plan): string {
  const all = last === undefined ? steps : [...steps, { ...last, needs: endsOf(steps) }];
  return `${drawLevel(all, "", true).join("\n")}\n`;
}

function renderLevel(steps: readonly Step[], indent: string): readonly string[] {
  return steps.flatMap((step) => [
    ...renderStep(step, indent),
    ...step.needs.map((id) => `${indent}${id} --> ${step.id}`),
    ...(step.onError ?? []).map(
      ({ step: handler, codes }) => `${indent}${step.id} -. ${codes?.join(", ") ?? "on error"} .-> ${handler}`,
    ),
  ]);
}

function renderStep(step: Step, indent: string): readonly string[] {
  const label = `"${[step.title, ...marksOf(step)].join(" · ").replaceAll('"', "#quot;")}"`;
  if (step.kind === "group")
    return [`${indent}subgraph ${step.id}[${label}]`, ...renderLevel(step.steps, `${indent}  `), `${indent}end`];
  if (step.kind === "approval" || step.kind === "ask") return [`${indent}${step.id}{{${label}}}`];
  if (step.kind === "wait" || step.kind === "wait-until" || step.kind === "wait-for")
    return [`${indent}${step.id}([${label}])`];
  return [`${indent}${step.id}[${label}]`];
}

function drawLevel(steps: readonly Step[], margin: string, inSequence: boolean): readonly string[] {
  return steps.flatMap((step, index) => {
    const isLast = index === steps.length - 1;
    const children = step.kind === "group" ? step.steps : [];
    const isSequence = children.some(({ needs }) => needs.length > 0);
    const kind = children.length === 0 ? step.kind : isSequence ? "group, in sequence" : "group, side by side";
    const words = [`${step.title} (${kind})`, ...marksOf(step), ...waitsOf(step, steps[index - 1]?.id, inSequence)];
    const line = `${margin}${isLast ? "└─" : "├─"} ${words.join("  ")}`;
    return [line, ...drawLevel(children, `${margin}${isLast ? "   " : "│  "}`, isSequence)];
  });
}

/** What a step waits for, where that is not the step above it. */
function waitsOf({ needs, handles }: Step, above: string | undefined, inSequence: boolean): readonly string[] {
  if (handles !== undefined) return [`on error of ${handles.join(", ")}`];
  if (needs.length === 0) return inSequence && above !== undefined ? ["at once"] : [];
  return needs.length === 1 && needs[0] === above ? [] : [`after ${needs.join(", ")}`];
}

function marksOf(step: Step): readonly string[] {
  const join = step.kind === "group" && step.join !== "all" ? [`first ${step.join}`] : [];
  return [
    ...(step.if === undefined ? [] : ["if"]),
    ...(step.forEach === undefined ? [] : [`for each ×${step.forEach.maxParallel}`]),
    ...(step.repeat === undefined ? [] : [`repeat ≤${step.repeat.max}`]),
    ...(step.undo === undefined ? [] : ["undo"]),
    ...(step.commits === true ? ["commit"] : []),
    ...join,
  ];
}

function endsOf(steps: readonly Step[]): readonly string[] {
  const needed = new Set(steps.flatMap(({ needs }) => needs));
  return steps.filter(({ id, handles }) => !needed.has(id) && handles === undefined).map(({ id }) => id);
}
