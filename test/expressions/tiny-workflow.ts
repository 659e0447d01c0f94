import {
  evaluateInWorkflow,
  renderInWorkflow,
  type WorkflowValue,
} from "../../src/expressions/evaluate-in-workflow.ts";
import { renderTemplate } from "../../src/expressions/render-template.ts";
import type { JsonObject } from "../../src/plan/json.ts";
import type { Template } from "../../src/plan/template.ts";

/** What `sandbox.test.ts` bundles: the run-time side as the interpreter uses it. */
export async function tiny(scope: JsonObject): Promise<readonly (WorkflowValue | Template)[]> {
  return [
    evaluateInWorkflow("inputs.n + 1", scope),
    evaluateInWorkflow("inputs.list.filter(x, x.n > 1 && x.name.matches('^a+$'))", scope),
    evaluateInWorkflow("timestamp('2024-01-01T00:00:00Z') + duration('1h')", scope),
    renderInWorkflow({ $text: ["n=", { $expr: "inputs.n" }] }, scope),
    renderTemplate({ $expr: "inputs.map" }, scope),
  ];
}
