// The bundle's entry. A default export serves every workflow type that has no export of its own.
import { runPlan } from "./run-plan.ts";

export default runPlan;
