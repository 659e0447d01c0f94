import { distance } from "fastest-levenshtein";

/** The candidate that somebody probably meant, if one is near enough. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1) + 1;
  for (const candidate of candidates) {
    const swapped = lettersOf(name) === lettersOf(candidate) ? 0.5 : 0;
    const steps = distance(name.toLowerCase(), candidate.toLowerCase()) - swapped;
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** The same for names that differ in the order of their letters only. */
function lettersOf(name: string): string {
  return name.toLowerCase().split("").sort().join("");
}
