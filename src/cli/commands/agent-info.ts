import { capabilitiesOf, type CapabilityFact } from "../../plan/capabilities.ts";
import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { createDiagnostic } from "../../diagnostics/create-diagnostic.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import { nearestName } from "../../language/yaml/nearest-name.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `agent info NAME`. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const { agents, capabilities: file } = loadProject(findProjectDir(process.cwd()), process.env);
  const spec = Object.hasOwn(agents, name) ? agents[name] : undefined;
  if (spec === undefined) {
    const near = nearestName(name, Object.keys(agents));
    throw new DiagnosticError([
      createDiagnostic({
        code: "cli/not-found",
        message: `there is no agent ${name}`,
        ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
      }),
    ]);
  }
  const capabilities = capabilitiesOf({ name, kind: spec.kind }, file);
  out.data({ name, ...spec, capabilities });
  out.text(
    `${name}: ${spec.kind}${spec.model === undefined ? "" : `, ${spec.model}`}\n\n${renderTable(
      ["capability", "value", "from"],
      Object.entries(capabilities).map(([key, { value, from }]) => [key, textOf(value), from]),
    )}`,
  );
  return EXIT.ok;
};

function textOf(value: CapabilityFact["value"]): string {
  if (value === null) return "unknown";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
