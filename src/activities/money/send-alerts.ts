import { alertSent, claimAlerts, hasUnsentAlerts } from "../../ledger/alerts.ts";
import type { AlertTargets } from "../../plan/budget.ts";
import type { JsonObject } from "../../plan/json.ts";
import { childEnvironment } from "../../processes/child-environment.ts";
import { runProcess } from "../../processes/run-process.ts";
import { SHELLS } from "../../processes/shells.ts";
import type { ActivityContext } from "../activity-context.ts";

const SEND_TIMEOUT_MS = 5000;

/** What stands in the ledger of an alert: what is told, and to whom. */
export interface NotedAlert extends JsonObject {
  readonly alert: JsonObject & { readonly message: string };
  readonly targets: JsonObject & AlertTargets;
}

/**
 * Sends every alert that nobody has sent, each to the log and to where its project wants it. What could not be sent is no failure of
 * the call: the messages say so.
 */
export async function sendAlerts(context: ActivityContext): Promise<readonly string[]> {
  const ledger = context.ledger();
  if (!hasUnsentAlerts(ledger)) return [];
  const problems: string[] = [];
  for (const { id, body } of claimAlerts(ledger, Date.now())) {
    const { alert, targets } = body as unknown as NotedAlert;
    context.warn(alert.message);
    for (const send of [sendToWebhook, sendToCommand]) {
      const problem = await send(alert, targets, context).catch((error: unknown) => String(error));
      if (problem !== undefined) problems.push(`an alert could not be sent: ${context.redact(problem)}`);
    }
    alertSent(ledger, id);
  }
  return problems;
}

async function sendToWebhook(
  alert: JsonObject,
  { webhook: written, webhookEnv }: AlertTargets,
  context: ActivityContext,
): Promise<string | undefined> {
  const webhook = webhookEnv === undefined ? written : context.env[webhookEnv];
  if (webhook === undefined)
    return webhookEnv === undefined ? undefined : `the worker's environment has no ${webhookEnv}`;
  const response = await fetch(webhook, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alert),
    signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.ok ? undefined : `the webhook answered ${response.status}`;
}

async function sendToCommand(
  alert: JsonObject,
  { command }: AlertTargets,
  context: ActivityContext,
): Promise<string | undefined> {
  const shell = SHELLS["sh"];
  if (command === undefined || shell === undefined) return undefined;
  const { exitCode, stderr } = await runProcess({
    command: shell.command,
    args: [...shell.args, "-c", command],
    cwd: context.projectDir,
    env: childEnvironment(context.env, {}, context.key),
    stdin: JSON.stringify(alert),
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]),
    stateDir: context.stateDir,
    key: context.key,
  });
  return exitCode === 0
    ? undefined
    : `the command ended with ${exitCode}: ${context.redact(stderr).trim().slice(0, 200)}`;
}
