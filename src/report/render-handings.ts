import type { StepReport } from "../plan/report.ts";

/** One line for each time that a step was handed over to another agent. */
export function renderHandings(steps: readonly StepReport[]): readonly string[] {
  return steps.flatMap(({ title, failovers = [] }) =>
    failovers.map(({ from_agent: from, to_agent: to, reason, error }) => {
      const why = reason.replaceAll("_", " ");
      return `- ${title} was handed over from ${from} to ${to}: ${why} (\`${error.code}\`: ${error.message})`;
    }),
  );
}
