import type { ToolSpec } from "../../plan/plan.ts";

/** A tool as the project knows it: one or several ways to the same operations. */
export interface ToolEntry {
  readonly description?: string;
  /** A word of the project's own, to find tools by. */
  readonly category?: string;
  /** In the order in which a step without an agent would try them. */
  readonly implementations: readonly Implementation[];
}

/** One way to a tool. */
export interface Implementation {
  readonly spec: ToolSpec;
  readonly enabled: boolean;
  /** The least counts first; those without one come after. */
  readonly priority?: number;
}
