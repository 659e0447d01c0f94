import { loadProvider } from "../../agents/registry.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject, type Project } from "../../bundle/load-project.ts";
import { findHealth, noteHealth } from "../../ledger/health.ts";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import { checkRequestOf, failureOf, findAgent } from "../ask-agent.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { storeDirOf } from "../store-dir.ts";
import { renderTable } from "../table.ts";

const TIMEOUT_MS = 10_000;

/** `agent health [NAME]`: checks agents without a model call, and says how they were. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const names = args[0] === undefined ? Object.keys(project.agents) : [args[0]];
  const ledger = openLedger(storeDirOf(project));
  try {
    const agents = await Promise.all(
      names.map(async (name) => {
        if (options["check"] !== false) await check(project, ledger, name);
        return healthOf(project, ledger, name);
      }),
    );
    out.data({ agents });
    out.text(
      agents.length === 0
        ? "No agents."
        : renderTable(
            ["agent", "healthy", "last check", "latency", "failures", "error"],
            agents.map((one) => [
              one.name,
              one.is_healthy === null ? "unknown" : one.is_healthy ? "yes" : "no",
              one.last_check ?? "never",
              one.latency_ms === null ? "" : `${one.latency_ms} ms`,
              String(one.consecutive_failures),
              one.error ?? "",
            ]),
          ),
    );
    return agents.some((one) => one.is_healthy === false) ? EXIT.runFailed : EXIT.ok;
  } finally {
    ledger.close();
  }
};

/** A kind that cannot be asked without a call is known by its last call. */
async function check(project: Project, ledger: Ledger, name: string): Promise<void> {
  const spec = findAgent(project, name);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = checkRequestOf(project, spec, signal);
  let startedMs = Date.now();
  let error: string | undefined;
  try {
    const provider = await loadProvider(spec, request);
    if (provider.check === undefined) return;
    startedMs = Date.now();
    await provider.check(request);
  } catch (thrown) {
    const { code, message } = failureOf(thrown, request);
    error = `${code}: ${message}`;
  }
  const atMs = Date.now();
  noteHealth(ledger, spec, { atMs, latencyMs: atMs - startedMs, error });
}

function healthOf(project: Project, ledger: Ledger, name: string) {
  const spec = findAgent(project, name);
  const health = findHealth(ledger, spec);
  return {
    name,
    kind: spec.kind,
    is_healthy: health === undefined ? null : health.consecutiveFailures === 0,
    last_check: health === undefined ? null : new Date(health.lastCheckMs).toISOString(),
    latency_ms: health?.latencyMs ?? null,
    consecutive_failures: health?.consecutiveFailures ?? 0,
    error: health?.error ?? null,
  };
}
