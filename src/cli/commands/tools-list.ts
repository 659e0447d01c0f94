import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openTools } from "../open-tools.ts";
import { renderTable } from "../table.ts";
import { readTools } from "../../tools/read-tools.ts";

/** Of a description, in the table. */
const MOST_CHARACTERS = 80;

/** `tools list`: asks each tool what it can do. */
export const run: CommandRunner = async ({ out }) => {
  const { project, place } = openTools();
  const tools = await readTools(project.toolEntries, place);
  out.data({ tools });
  const rows = tools.flatMap(({ name, kind, state, category = "", reason, description, operations }) =>
    operations.length === 0
      ? [[name, kind, state, category, reason ?? description ?? ""]]
      : operations.map((one) => [`${name}.${one.operation}`, kind, state, category, firstLine(one.description)]),
  );
  out.text(
    rows.length === 0
      ? "No tools. Add servers to registry.yaml, or scripts and modules to tools/; `aiworkflow tools discover` looks for some."
      : renderTable(["tool", "kind", "state", "category", "description"], rows),
  );
  return EXIT.ok;
};

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length <= MOST_CHARACTERS ? line : `${line.slice(0, MOST_CHARACTERS)}…`;
}
