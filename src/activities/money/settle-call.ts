import { dueAlerts } from "../../costs/due-alerts.ts";
import { noteAlert } from "../../ledger/alerts.ts";
import { type CallRecord, keepAnswer, recordCall } from "../../ledger/calls.ts";
import { readStanding } from "../../ledger/reservations.ts";
import type { Charge } from "../../plan/budget.ts";
import type { JsonObject } from "../../plan/json.ts";
import { redactValue } from "../../tools/redact.ts";
import type { ActivityContext } from "../activity-context.ts";
import type { HeldMoney } from "./hold-money.ts";

/** A call that was answered, and what it cost. */
export type AnsweredCall = Omit<CallRecord, "id" | "atMs" | "root" | "accounts" | "labels" | "answer">;

/** The money that was set aside for a call, and what a later attempt of it goes on with. */
export interface Settlement {
  readonly charge: Charge;
  readonly held: HeldMoney;
  answer(notices: readonly string[]): object;
}

/** Notes a call in the place of its reservation, and what of its budgets is used up by it: gives what people are told of that. */
export function settleCall(
  call: AnsweredCall,
  { charge, held, answer }: Settlement,
  context: Pick<ActivityContext, "ledger" | "callId" | "redact">,
): readonly string[] {
  const { callId: id } = context;
  const ledger = context.ledger();
  const atMs = Date.now();
  const { root, accounts, labels = {} } = charge;
  return ledger.atomically(() => {
    recordCall(ledger, { ...call, id, atMs, root, accounts, labels, answer: {} });
    held.release();
    const where = { run: call.run, workflow: call.workflow, step: call.step, at: new Date(atMs).toISOString() };
    const notices = held.caps
      .flatMap((cap) => dueAlerts(cap, readStanding(ledger, cap)))
      .filter(({ id: alertId, ...alert }) => {
        const body = { alert: { ...alert, ...where }, targets: { ...charge.alerts } };
        return noteAlert(ledger, { id: alertId, atMs, body });
      })
      .map(({ message }) => message);
    keepAnswer(ledger, id, redactValue(answer(notices) as JsonObject, context.redact) as JsonObject);
    return notices;
  });
}
