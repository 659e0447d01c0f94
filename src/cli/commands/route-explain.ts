import { missingProgram } from "../../agents/coding/find-coding-program.ts";
import { loadWorkflow, type LoadedWorkflow } from "../../bundle/load-workflow.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { type CompiledChoice, compileRoute } from "../../language/compile/compile-route.ts";
import { openPool } from "../../language/predefined-agents.ts";
import { nearestName } from "../../language/yaml/nearest-name.ts";
import { type Ledger, openLedger } from "../../ledger/open-ledger.ts";
import { readRotation } from "../../ledger/choices.ts";
import { grantedTools } from "../../plan/agent-loop.ts";
import { budgetsOf } from "../../plan/budgets-of.ts";
import { formatUsd } from "../../plan/format-usd.ts";
import { listSteps } from "../../plan/list-steps.ts";
import type { Plan } from "../../plan/plan.ts";
import {
  type RejectedCandidate,
  type Route,
  type RouteChoice,
  STRATEGIES,
  type StrategyName,
} from "../../plan/route.ts";
import type { AgentStep } from "../../plan/step.ts";
import { chooseAgent } from "../../routing/choose.ts";
import { estimateTokens } from "../../routing/estimate.ts";
import { readCandidates } from "../../routing/read-candidates.ts";
import { rotationOf } from "../../routing/rotation-of.ts";
import { readBudgetLeft } from "../../routing/read-money-left.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { storeDirOf } from "../store-dir.ts";
import { renderTable } from "../table.ts";

/** What would be chosen for one step now. */
interface Explained {
  readonly step: string;
  readonly title: string;
  readonly strategy: StrategyName | null;
  readonly agent: string | null;
  readonly choice: Omit<RouteChoice, "againAfterMs">;
  /** Whom the files alone leave out. */
  readonly rejected: readonly RejectedCandidate[];
}

/** `route explain FILE`: what would be chosen now, and why; chooses nothing. */
export const run: CommandRunner = async ({ args, options, out }) => {
  const strategy = readStrategy(options["strategy"] as string | undefined);
  const agent = options["agent"] as string | undefined;
  const loaded = loadWorkflow(args[0] as string, agent === undefined ? {} : { agent });
  if (loaded.plan === undefined) throw new DiagnosticError(loaded.diagnostics);
  out.diagnostics(loaded.diagnostics, loaded.text);
  const { plan } = loaded;
  const ledger = openLedger(storeDirOf(loaded.project));
  try {
    const asking = listSteps(plan).filter((step): step is AgentStep => step.kind === "agent" && step.agent !== "");
    const steps = asking.map((step) => explain(step, { plan, loaded, ledger, strategy }));
    out.data({ file: loaded.file, workflow: plan.name, steps });
    out.text(steps.length === 0 ? "No step asks an agent." : steps.map(render).join("\n\n"));
    return EXIT.ok;
  } finally {
    ledger.close();
  }
};

function readStrategy(word: string | undefined): StrategyName | undefined {
  const found = STRATEGIES.find((name) => name === word);
  if (word === undefined || found !== undefined) return found;
  const near = nearestName(word, STRATEGIES);
  throw new DiagnosticError([
    createDiagnostic({
      code: "cli/usage",
      message: `there is no strategy ${word}`,
      expected: STRATEGIES.join(", "),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    }),
  ]);
}

interface Around {
  readonly plan: Plan;
  readonly loaded: LoadedWorkflow;
  readonly ledger: Ledger;
  readonly strategy: StrategyName | undefined;
}

function explain(step: AgentStep, { plan, loaded, ledger, strategy }: Around): Explained {
  const { project } = loaded;
  const agents = { ...project.allAgents, ...plan.agents };
  const pool = openPool({ ...project.agents, ...plan.agents });
  const route = routeOf(step, { agents, pool, loaded, strategy });
  const { path, title, agent } = step;
  if (route === undefined) {
    const choice = { decision: "use_primary", order: [agent], estimateUsd: null, candidates: [] } as const;
    const reason = "the file names this agent alone";
    return { step: path, title, strategy: null, agent, choice: { ...choice, reason }, rejected: [] };
  }
  const promptTokens = estimateTokens(JSON.stringify(step.prompt));
  // Of a run that begins now: its own budgets are whole.
  const nowMs = Date.now();
  const budgets = budgetsOf({ plan, keyId: "the run" }, listSteps(plan), path);
  const purse = { charge: { ...plan.costs, root: "", accounts: [], budgets }, workflow: plan.name, nowMs };
  const candidates = readCandidates(ledger, route, {
    agents,
    promptTokens,
    prices: plan.costs?.prices,
    nowMs,
    purse,
    missing: (spec) => missingProgram(spec, { projectDir: project.dir, path: process.env["PATH"] }),
  });
  const turn = readRotation(ledger, rotationOf(plan.name, route));
  const { againAfterMs: _, ...choice } = chooseAgent(route, candidates, {
    turn,
    random: Math.random(),
    resting: [],
    budgetLeftUsd: readBudgetLeft(ledger, purse)?.usd,
  });
  return {
    step: path,
    title,
    strategy: route.strategy ?? null,
    agent: choice.order[0] ?? null,
    choice,
    rejected: route.rejected,
  };
}

/** The step's own route; with `--strategy` one by that strategy, over all agents where the step leaves no choice. */
function routeOf(
  step: AgentStep,
  {
    agents,
    pool,
    loaded,
    strategy,
  }: Pick<Around, "loaded" | "strategy"> & { readonly agents: Plan["agents"]; readonly pool: readonly string[] },
): Route | undefined {
  const { route } = step;
  if (strategy === undefined) return route;
  if (route !== undefined) return { ...route, strategy };
  const compiled: CompiledChoice | undefined = compileRoute(
    { strategy, among: [step.agent, ...pool] },
    {
      ...loaded.project,
      agents,
      pool,
      granted: grantedTools({ ...step, agents: {} }),
      asksAgents: step.agents !== undefined,
    },
  );
  return compiled !== undefined && "route" in compiled ? compiled.route : undefined;
}

function render({ title, strategy, choice, agent, rejected }: Explained): string {
  const { candidates, decision, reason, order, estimateUsd, budgetLeftUsd } = choice;
  const by = strategy === null ? "" : ` by ${strategy}`;
  const cost = estimateUsd === null ? "" : ` A call costs about ${formatUsd(estimateUsd)}.`;
  const left = budgetLeftUsd === undefined ? "" : ` Its budget leaves ${formatUsd(budgetLeftUsd)}.`;
  const next = order.length > 1 ? ` After it: ${order.slice(1).join(", ")}.` : "";
  const head = `${title}: ${agent ?? decision}${by}, because ${reason}.${cost}${left}${next}`;
  const out = rejected.map(({ agent: name, rule }) => `  ${name} is left out: ${rule}`);
  if (candidates.length === 0) return [head, ...out].join("\n");
  const rows = candidates.map(({ agent: name, scores, total, inFlight, ...one }) => [
    name,
    ...[scores.capability, scores.cost, scores.quality, scores.availability, scores.load, total].map((n) =>
      n.toFixed(2),
    ),
    one.estimateUsd === null ? "unknown" : formatUsd(one.estimateUsd),
    String(inFlight),
    one.rejected ?? "",
  ]);
  const columns = [
    "agent",
    "capability",
    "cost",
    "quality",
    "availability",
    "load",
    "total",
    "a call",
    "under way",
    "rejected by",
  ];
  return [head, renderTable(columns, rows), ...out].join("\n");
}
