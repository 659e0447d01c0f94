import type { Raise, Refusal } from "../../plan/budget.ts";
import type { Invocation } from "../invocation.ts";
import { askPeople } from "../approvals.ts";
import { fail } from "../failure-info.ts";
import { note } from "../notices.ts";
import { isHalted, type RunState, SUSPENDED } from "../run-state.ts";
import { waitHere } from "../wait-here.ts";

/** Ends the work of an agent for which there is no money: a cheaper one goes on. */
export class SwitchAgent extends Error {
  override readonly name = "SwitchAgent";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
    this.stack = "";
  }
}

type Answer = { readonly raise: Raise } | { readonly error: unknown } | { readonly again: true };

/** Questions to people about a budget that are open; every step that the budget holds up waits for the same one. */
const questions = new WeakMap<RunState, Map<string, Promise<Answer>>>();

/**
 * Does what a budget says where it leaves no room for a call: waits for its next period, asks people for more, or rejects with
 * `SwitchAgent`. Gives what people have added. Rejects as waits do, and with `budget/exceeded`.
 */
export async function makeRoom(invocation: Invocation, refusal: Refusal): Promise<Raise | undefined> {
  const { run, frame } = invocation;
  const { onLimit, untilMs, waitMs, budget, message, name } = refusal;
  if (onLimit === "switch") throw new SwitchAgent(refusal);
  if (isHalted(frame)) throw fail("budget/exceeded", message);
  if (onLimit === "queue" && untilMs !== undefined) {
    note(run, `${invocation.path} waits for ${new Date(untilMs).toISOString()}: ${message}`);
    const expired = () => undefined;
    await waitHere(invocation, {
      durationMs: waitMs ?? Math.max(untilMs - Date.now(), 1),
      summary: `${name} begins anew`,
      expired,
    });
    return undefined;
  }
  if (onLimit !== "ask") throw fail("budget/exceeded", message);
  const open = questions.get(run) ?? new Map<string, Promise<Answer>>();
  questions.set(run, open);
  const asked = open.get(budget);
  const answer = asked === undefined ? await ask(invocation, refusal, open) : await waitFor(invocation, asked, name);
  if ("error" in answer) throw answer.error;
  return "raise" in answer ? answer.raise : undefined;
}

/** Asks people whether the budget may be as much again. */
async function ask(invocation: Invocation, refusal: Refusal, open: Map<string, Promise<Answer>>): Promise<Answer> {
  const { run, path } = invocation;
  const { budget, message, usd, tokens } = refusal;
  const more = [usd === undefined ? [] : `$${usd}`, tokens === undefined ? [] : `${tokens} tokens`]
    .flat()
    .join(" and ");
  let settle: (answer: Answer) => void = () => undefined;
  open.set(budget, new Promise((resolve) => (settle = resolve)));
  try {
    const { status, votes, requestedAtMs } = await askPeople(invocation, {
      message: `${message}. Approve to add ${more}, reject to stop.`,
      approvers: [],
      min: 1,
      expiresMs: undefined,
    });
    const answer: Answer =
      status === "approved"
        ? {
            raise: {
              id: `${run.id}/${path}/${requestedAtMs}`,
              budget,
              ...(usd === undefined ? {} : { usd }),
              ...(tokens === undefined ? {} : { tokens }),
            },
          }
        : { error: fail("budget/exceeded", `${message}; ${votes.at(-1)?.by ?? "nobody"} did not add to it`) };
    settle(answer);
    return answer;
  } catch (error) {
    // Who else waits for the answer asks again, or is set aside, too.
    settle(error === SUSPENDED ? { error } : { again: true });
    throw error;
  } finally {
    open.delete(budget);
  }
}

function waitFor(invocation: Invocation, asked: Promise<Answer>, name: string): Promise<Answer> {
  return waitHere<Answer>(invocation, {
    durationMs: undefined,
    summary: `more of ${name}`,
    expired: () => ({ again: true }),
    open(settle) {
      void asked.then(settle);
    },
  });
}
