import { loadWorkflow } from "../../bundle/load-workflow.ts";
import { DiagnosticError } from "../../diagnostics/diagnostic.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { renderTable } from "../table.ts";

/** `workflow show FILE`. */
export const run: CommandRunner = async ({ args, out }) => {
  const loaded = loadWorkflow(args[0] as string);
  const { plan } = loaded;
  if (plan === undefined) throw new DiagnosticError(loaded.diagnostics);
  const { name, description, version, labels, metadata, inputs, outputs, agents, tools, timeoutMs, onFailure } = plan;
  out.data({
    name,
    description: description ?? null,
    workflowVersion: version ?? null,
    file: loaded.file,
    labels,
    metadata,
    inputs,
    outputs: Object.keys(outputs),
    agents: Object.keys(agents),
    tools: Object.keys(tools),
    timeoutMs: timeoutMs ?? null,
    onFailure,
    steps: plan.steps.map(({ id, title, kind, source }) => ({ id, title, kind, line: source.line })),
  });
  const lines = [
    `${name}${version === undefined ? "" : ` ${version}`}${description === undefined ? "" : `: ${description}`}`,
  ];
  const fields = Object.entries(inputs);
  if (fields.length > 0)
    lines.push(
      "",
      renderTable(
        ["input", "type", "required", "default"],
        fields.map(([key, field]) => [
          key,
          field.type,
          field.required ? "yes" : "no",
          JSON.stringify(field.default) ?? "",
        ]),
      ),
    );
  lines.push(
    "",
    renderTable(
      ["step", "kind", "title", "line"],
      plan.steps.map(({ id, kind, title, source }) => [id, kind, title, String(source.line)]),
    ),
  );
  const used = [...Object.keys(agents).map((key) => `agent ${key}`), ...Object.keys(tools).map((key) => `tool ${key}`)];
  if (used.length > 0) lines.push("", `uses ${used.join(", ")}`);
  out.text(lines.join("\n"));
  return EXIT.ok;
};
