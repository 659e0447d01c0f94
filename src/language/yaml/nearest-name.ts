import { distance } from "fastest-levenshtein";

/** Nobody means a name by a text of this length. */
const MAX_CHARACTERS = 100;

/** The candidate that somebody probably meant, if one is near enough. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_CHARACTERS) return undefined;
  const wanted = name.toLowerCase();
  const letters = lettersOf(name);
  let best: string | undefined;
  let least = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const steps = distance(wanted, candidate.toLowerCase());
    const swapped = steps < least + 0.5 && letters === lettersOf(candidate) ? 0.5 : 0;
    if (steps - swapped < least) [best, least] = [candidate, steps - swapped];
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
