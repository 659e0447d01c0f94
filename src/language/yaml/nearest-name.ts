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

/** True for one letter too many, too few or wrong, and for letters in another order. */
export function isMisspelt(name: string, word: string): boolean {
  return distance(name, word) <= 1 || (distance(name, word) <= 2 && lettersOf(name) === lettersOf(word));
}

/** The same for names that differ in the order of their letters only. */
function lettersOf(name: string): string {
  return name.toLowerCase().split("").sort().join("");
}
