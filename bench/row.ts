import { median, quantile } from "./statistics.ts";

/** One line of the table. */
export interface Row {
  readonly what: string;
  /** Compared with. */
  readonly against: string;
  /** The figure, in words of its unit. */
  readonly figure: string;
  readonly spread: string;
  readonly target: string;
  readonly met: boolean;
}

/** A ratio over pairs: how it came out, and whether it reaches `target`. */
export function ratioRow(
  what: string,
  against: string,
  {
    ratios,
    target,
    atMost = false,
  }: { readonly ratios: readonly number[]; readonly target: number; readonly atMost?: boolean },
): Row {
  const middle = median(ratios);
  return {
    what,
    against,
    figure: `${middle.toFixed(2)}×`,
    spread: `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`,
    target: `${atMost ? "≤" : "≥"} ${target}×`,
    met: atMost ? middle <= target : middle >= target,
  };
}

/** A duration in milliseconds, with a ceiling. */
export function timeRow(
  what: string,
  against: string,
  { ms, target }: { readonly ms: readonly number[]; readonly target: number },
): Row {
  const middle = median(ms);
  return {
    what,
    against,
    figure: `${middle.toFixed(middle < 20 ? 1 : 0)} ms`,
    spread: `${quantile(ms, 0.25).toFixed(1)} to ${quantile(ms, 0.75).toFixed(1)}`,
    target: `≤ ${target} ms`,
    met: middle <= target,
  };
}

/** The table as Markdown. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, against, figure, spread, target, met }) =>
      `| ${what} | ${against} | ${figure} | ${spread} | ${target} | ${met ? "yes" : "NO"} |`,
  );
  return ["| what | against | figure | quartiles | target | met |", "|---|---|---|---|---|---|", ...lines].join("\n");
}
