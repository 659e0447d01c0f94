import { StepFailure } from "../../plan/step-failure.ts";
import { childEnvironment } from "../../processes/child-environment.ts";
import { programOf } from "../../processes/program-of.ts";
import type { AgentHost } from "../provider.ts";

/** An MCP server as a program is told to start it. */
export interface PassedServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Variables of the program's environment that the server must be given, secrets among them. */
  readonly variables: readonly string[];
  /** Granted operations; `*` is all. */
  readonly operations: readonly string[];
}

/** The servers, and what the program's own environment has to hold for them. */
export interface PassedServers {
  readonly servers: readonly PassedServer[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The MCP servers that a step grants, for a program that starts them itself. A server's own variables travel under names of
 * their own, and a shell gives them back their names: so no secret stands in an argument or a file, two servers may use the
 * same name, and the program's keys (`hidden`) stay with the program. Throws `StepFailure` `agent/tool-not-mcp`.
 */
export function passServers(
  host: AgentHost,
  { hidden, marks }: { readonly hidden: readonly string[]; readonly marks: readonly string[] },
): PassedServers {
  const env: Record<string, string> = {};
  const servers = host.servers.map(({ name, spec, given, operations }, index) => {
    if (spec.command === undefined) {
      throw new StepFailure("agent/tool-not-mcp", `${name} is no MCP server that a program could start by itself`);
    }
    const own = childEnvironment({}, given);
    const renamed = Object.entries(own).map(([variable, value]) => {
      const passed = `AIWORKFLOW_T${index}_${variable}`;
      env[passed] = value;
      return { variable, passed };
    });
    const lines = [
      hidden.length === 0 ? "" : `unset ${hidden.join(" ")}`,
      ...renamed.map(({ variable, passed }) => `export ${variable}="$${passed}"; unset ${passed}`),
      'exec "$@"',
    ];
    return {
      name,
      command: "/bin/sh",
      args: [
        "-c",
        lines.filter((line) => line !== "").join("; "),
        "sh",
        programOf(spec.command, host.projectDir),
        ...(spec.args ?? []),
      ],
      variables: [...marks, ...renamed.map(({ passed }) => passed)],
      operations,
    };
  });
  return { servers, env };
}
