import type { ReadParameter } from "./read-parameters.ts";

const MAX_CHARACTERS = 64;

/** The argument that holds the body of a request. */
export const BODY_ARGUMENT = "body";

/**
 * A name for each parameter's argument, in their order: the parameter's own, with `_` for what providers of models do not
 * take in names. Where two would have the same name, or one that of the body, each has its place behind it: `id_path`,
 * `id_query`; what is still the same is counted.
 */
export function nameArguments(parameters: readonly ReadParameter[]): readonly string[] {
  const plain = parameters.map(({ sent }) => safe(sent.name));
  const taken = new Set<string>();
  return parameters.map((parameter, index) => {
    const own = plain[index] as string;
    const isShared = own === BODY_ARGUMENT || plain.some((other, at) => at !== index && other === own);
    const wanted = isShared ? `${own.slice(0, MAX_CHARACTERS - 7)}_${parameter.sent.in}` : own;
    let name = wanted;
    for (let count = 2; taken.has(name); count += 1) name = `${wanted.slice(0, MAX_CHARACTERS - 4)}_${count}`;
    taken.add(name);
    return name;
  });
}

function safe(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_.-]+/g, "_").replace(/^_+|_+$/g, "");
  return (clean === "" ? "parameter" : clean).slice(0, MAX_CHARACTERS);
}
