import { stringify } from "yaml";
import { discoverTools } from "../../bundle/discover-tools.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { openTools } from "../open-tools.ts";

/** `tools discover`: what is there already, and which servers other programs of the project know. */
export const run: CommandRunner = async ({ out }) => {
  const { project } = openTools();
  const { found, unreadable } = discoverTools(project.dir);
  const files = Object.entries(project.tools).flatMap(([name, { kind, file, operations }]) =>
    file === undefined ? [] : [{ name, kind, file: file.path, operations: Object.keys(operations) }],
  );
  const added = found.filter(({ name }) => !Object.hasOwn(project.toolEntries, name));
  for (const file of unreadable) out.note(`${file} is not JSON, and was passed over`);
  for (const { name, leftOut } of added)
    if (leftOut.length > 0)
      out.note(
        `${name}: ${leftOut.join(", ")} left out, as a secret; put it there yourself, or better into env or headers`,
      );
  out.data({ files, servers: found.map((one) => ({ ...one, known: !added.includes(one) })), unreadable });
  const lines = files.map(
    ({ name, kind, file, operations }) => `${file} is the ${kind} ${name}: ${operations.join(", ")}`,
  );
  if (added.length > 0) {
    const tools = Object.fromEntries(added.map(({ name, entry }) => [name, entry]));
    const from = [...new Set(added.map((one) => one.from))].join(", ");
    lines.push(`\nFound in ${from}; add to registry.yaml what you want to use:\n\n${stringify({ tools }).trimEnd()}`);
  }
  if (lines.length === 0)
    lines.push("Nothing found: no scripts or modules in tools/, and no servers in .mcp.json or files like it.");
  out.text(lines.join("\n").trimStart());
  return EXIT.ok;
};
