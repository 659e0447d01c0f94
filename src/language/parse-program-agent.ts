import type { AgentSpec } from "../plan/agent-spec.ts";
import { PERMISSIONS, type Permission } from "../plan/permissions.ts";
import { programSettings } from "../plan/programs.ts";
import { nearestName } from "./yaml/nearest-name.ts";
import { checkKeys, type Reader } from "./reader.ts";

/** Reads the settings of an agent that is a program, and complains about options that it would not heed. */
export function parseProgramAgent(
  reader: Reader,
  kind: string,
): Pick<AgentSpec, "command" | "workdir" | "permissions"> {
  const program = programSettings(kind);
  if (program === undefined) return {};
  const options = program.options === undefined ? undefined : reader.map("options");
  if (options !== undefined) checkKeys(options, { known: program.options ?? [], unknownCode: "agent/bad-spec" });
  const command = reader.text("command");
  const workdir = reader.text("workdir");
  const permissions = parsePermissions(reader, "agent/bad-spec");
  return {
    ...(command === undefined ? {} : { command }),
    ...(workdir === undefined ? {} : { workdir }),
    ...(permissions === undefined ? {} : { permissions }),
  };
}

/** Reads `permissions`, of an agent or of a step. */
export function parsePermissions(reader: Reader, code: string): readonly Permission[] | undefined {
  const names = reader.names("permissions");
  for (const name of names ?? []) {
    if ((PERMISSIONS as readonly string[]).includes(name)) continue;
    const near = nearestName(name, PERMISSIONS);
    reader.complain("permissions", {
      code,
      message: `there is no permission ${name}`,
      expected: PERMISSIONS.join(", "),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  }
  return names?.filter((name) => (PERMISSIONS as readonly string[]).includes(name)) as Permission[] | undefined;
}
