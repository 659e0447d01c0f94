/**
 * What a server said of its operations when a run first saw them: a hash of the description and one of the schema, with a
 * dot between, by `tool.operation`; of the n-th fallback of a tool by `tool~n.operation`.
 */
export type Pins = Readonly<Record<string, string>>;
