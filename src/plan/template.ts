import type { JsonValue } from "./json.ts";

/**
 * A value in a plan that may hold expressions. A plain JSON value stands for itself; the tagged objects below are
 * evaluated. A user's own object that has one of the tags as a key is wrapped in `$literal`.
 */
export type Template = JsonValue;

/** `${{ cel }}` alone: keeps the type of its result. */
export interface ExpressionNode {
  readonly $expr: string;
}

/**
 * The tags that a template node can have: `$expr` (above), `$text` (a list of texts and `$expr` nodes: scalars print as
 * they are, null as nothing, objects and lists as JSON), `$secret` (a name, resolved inside the activity only), `$literal`
 * (a user's value that is not looked into), `$artifact` and `$deferred` (values kept in, and evaluated from, the store).
 */
export const TEMPLATE_TAGS = ["$expr", "$text", "$secret", "$literal", "$artifact", "$deferred"] as const;

/** Whether a secret is named anywhere in a template. */
export function holdsSecret(template: Template): boolean {
  if (typeof template !== "object" || template === null) return false;
  if (Object.hasOwn(template, "$literal")) return false;
  return Object.hasOwn(template, "$secret") || Object.values(template).some(holdsSecret);
}
