import { parseYaml } from "../yaml/parse-yaml.ts";

/** True for a `yaml step` block whose own keys have `group` among them: the headings below it are steps then. */
export function isGroupBlock({ info, body }: { readonly info: string; readonly body: string }): boolean {
  if (!/^ya?ml\s+step$/.test(info) || !body.includes("group")) return false;
  return parseYaml(body, { file: "", line: 1, column: 1 }).rootKeys.includes("group");
}
