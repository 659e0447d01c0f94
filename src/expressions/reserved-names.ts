const NAMES =
  "string bool int uint double map list bytes null_type type optional google cel true false null in as break const " +
  "continue else for function if import let loop package namespace return var void while __proto__ prototype";

/** Names that CEL itself gives a meaning: as the `as` of a for-each they could not be reached. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(NAMES.split(" "));
