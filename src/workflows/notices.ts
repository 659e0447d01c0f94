import { MAX_NOTICES } from "../plan/limits.ts";
import { cutText } from "../plan/text-size.ts";
import type { RunState } from "./run-state.ts";

const MAX_NOTICE_CHARACTERS = 500;

/** Notes what somebody should know though no step failed. Of very many the first are kept, and how many came after them. */
export function note({ notices }: Pick<RunState, "notices">, text: string): void {
  if (notices.length <= MAX_NOTICES) return void notices.push(cutText(text, MAX_NOTICE_CHARACTERS));
  const [, more = "1"] = /^… and (\d+) more notices$/.exec(notices.at(-1) as string) ?? [];
  notices[MAX_NOTICES] = `… and ${Number(more) + 1} more notices`;
}
