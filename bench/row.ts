import { median, quantile } from "./statistics.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Compared with. */
  readonly against: string;
  /** The figure, in words of its unit. */
  readonly figure: string;
  readonly spread: string;
  /** Empty where the figure is told for what it is. */
  readonly target: string;
  readonly met: boolean;
}

/** What was measured, and what it should be. */
export interface Measured {
  readonly values: readonly number[];
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** How many times one thing is the other: the median of the pairs. */
export function ratioRow(what: string, against: string, measured: Measured): Row {
  return row({ what, against }, measured, (value) => `${value.toFixed(2)}×`);
}

/** A figure with a unit, such as milliseconds. */
export function figureRow(what: string, against: string, measured: Measured & { readonly unit: string }): Row {
  return row({ what, against }, measured, (value) => `${+value.toFixed(value < 20 ? 2 : 0)} ${measured.unit}`.trim());
}

/** Something that could not be measured here, and why; that is neither met nor missed. */
export function missingRow(what: string, against: string, why: string): Row {
  return { what, against, figure: why, spread: "", target: "", met: true };
}

function row(
  named: Pick<Row, "what" | "against">,
  { values, atLeast, atMost }: Measured,
  write: (value: number) => string,
): Row {
  const middle = median(values);
  return {
    ...named,
    figure: write(middle),
    spread: values.length < 2 ? "" : `${write(quantile(values, 0.25))} to ${write(quantile(values, 0.75))}`,
    target: [
      ...(atLeast === undefined ? [] : [`≥ ${write(atLeast)}`]),
      ...(atMost === undefined ? [] : [`≤ ${write(atMost)}`]),
    ].join(", "),
    met: middle >= (atLeast ?? -Infinity) && middle <= (atMost ?? Infinity),
  };
}

/** The table as Markdown. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, against, figure, spread, target, met }) =>
      `| ${what} | ${against} | ${figure} | ${spread} | ${target} | ${target === "" ? "" : met ? "yes" : "NO"} |`,
  );
  return ["| what | against | figure | quartiles | target | met |", "|---|---|---|---|---|---|", ...lines].join("\n");
}
