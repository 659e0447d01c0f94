import type { ProviderAnswer, Spent } from "../../agents/provider.ts";
import { loadProvider } from "../../agents/registry.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { costOfAnswer } from "../../costs/cost-of-answer.ts";
import { modelOfAgent } from "../../costs/price-of-agent.ts";
import { recordCall } from "../../ledger/calls.ts";
import { noteHealth } from "../../ledger/health.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import type { ReportedUsage } from "../../plan/report.ts";
import { hasUsed, NO_TOKENS } from "../../plan/usage.ts";
import { checkRequestOf, failureOf, findAgent, questionOf } from "../ask-agent.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { readDurationFlag } from "../read-duration-flag.ts";
import { storeDirOf } from "../store-dir.ts";

const PROMPT = "Answer with the one word: ready";
const TIMEOUT_MS = 60_000;
/** What the ledger says of a call that no run makes. */
const OUTSIDE = { run: "", workflow: "", step: "", accounts: [], labels: {}, answer: {} };

/** `agent test NAME`: one real call, with what it took and cost. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const [name = ""] = args;
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const spec = findAgent(project, name);
  const signal = AbortSignal.timeout(readDurationFlag(options["timeout"]) ?? TIMEOUT_MS);
  const check = checkRequestOf(project, spec, signal);
  const ledger = openLedger(storeDirOf(project));
  let startedMs = Date.now();
  let told: Spent | undefined;
  const charge = (use: Spent | ProviderAnswer): ReportedUsage => {
    const durationMs = Date.now() - startedMs;
    const { usd: cost, ...charged } = costOfAnswer(spec, use, {
      prices: project.costs.prices,
      durationMs,
      guess: NO_TOKENS,
    });
    const tokens = use.usage ?? NO_TOKENS;
    const { key } = check.host;
    recordCall(ledger, {
      ...OUTSIDE,
      ...charged,
      id: key,
      root: key,
      agent: name,
      kind: spec.kind,
      askedModel: modelOfAgent(spec),
      atMs: Date.now(),
      durationMs,
      usage: { ...tokens, usd: cost ?? 0, unpricedCalls: cost === null ? 1 : 0 },
    });
    return { ...tokens, usd: cost };
  };
  try {
    const prompt = (options["prompt"] as string | undefined) ?? PROMPT;
    const request = await questionOf(check, { prompt, spent: (now) => (told = now) });
    const provider = await loadProvider(spec, request);
    startedMs = Date.now();
    const answer = await provider.call(request);
    const latencyMs = Date.now() - startedMs;
    const text = check.host.mask(answer.text);
    noteHealth(ledger, spec, { atMs: Date.now(), latencyMs, error: undefined });
    const usage = charge(answer);
    out.data({ agent: name, kind: spec.kind, model: answer.model, ok: true, latencyMs, usage, text });
    const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens, usd } = usage;
    out.text(
      [
        text.trim(),
        "",
        `${name} (${answer.model}) answered in ${latencyMs} ms`,
        `tokens: ${inputTokens} in, ${cacheReadTokens} from and ${cacheWriteTokens} into the cache, ${outputTokens} out, ${reasoningTokens} of them reasoning`,
        `cost: ${usd === null ? "unknown" : formatUsd(usd)}`,
      ].join("\n"),
    );
    return EXIT.ok;
  } catch (error) {
    const failure = failureOf(error, check);
    const latencyMs = Date.now() - startedMs;
    if (told !== undefined && hasUsed(told.usage)) charge(told);
    noteHealth(ledger, spec, { atMs: Date.now(), latencyMs, error: `${failure.code}: ${failure.message}` });
    out.data({ agent: name, kind: spec.kind, model: spec.model ?? null, ok: false, latencyMs, error: failure });
    out.text(`${name} did not answer: ${failure.code}: ${failure.message}`);
    out.note(`aiworkflow explain ${failure.code}`);
    return EXIT.runFailed;
  } finally {
    ledger.close();
  }
};
