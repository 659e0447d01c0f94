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

/** Text with expressions inside: scalars print as they are, null as nothing, objects and lists as JSON. */
export interface TextNode {
  readonly $text: readonly (string | ExpressionNode)[];
}

/** The name of a secret, resolved inside the activity only. */
export interface SecretNode {
  readonly $secret: string;
}

/** A user's value that must not be looked into. */
export interface LiteralNode {
  readonly $literal: JsonValue;
}

/** The tags that a template node can have. */
export const TEMPLATE_TAGS = ["$expr", "$text", "$secret", "$literal", "$artifact", "$deferred"] as const;
