// The bundle's entry. A default export serves every workflow type that has no export of its own.
import { runPlan } from "./run-plan.ts";

// The name is PART_WORKFLOW of plan/messages.
export { runPart as aiworkflow_part } from "./run-part.ts";
// The name is CONCURRENCY_WORKFLOW of plan/messages.
export { keepConcurrencyGroup as aiworkflow_concurrency_group } from "./concurrency-group.ts";
export default runPlan;
