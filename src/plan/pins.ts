/**
 * What a server said of its operations when a run first saw them: a hash of the description and one of the schema, with a
 * dot between, by `tool.operation`; of a fallback of a tool by `tool~MARK.operation`, where the mark is that of its server. Before 0.2
 * it was the fallback's place, which is not the same for every agent; such pins are kept and not looked at any more.
 */
export type Pins = Readonly<Record<string, string>>;
