import { StepFailure } from "../plan/step-failure.ts";
import type { ToolKind } from "./tool-kind.ts";

/** Every tool kind; loaded at its first use. */
export const toolKinds: { readonly [kind: string]: () => Promise<ToolKind> } = {
  http: () => import("./kinds/http.ts").then(({ httpKind }) => httpKind),
  mcp: () => import("./kinds/mcp.ts").then(({ mcpKind }) => mcpKind),
  module: () => import("./kinds/module.ts").then(({ moduleKind }) => moduleKind),
  openapi: () => import("./kinds/openapi.ts").then(({ openapiKind }) => openapiKind),
  script: () => import("./kinds/script.ts").then(({ scriptKind }) => scriptKind),
};

/** To import a module again takes as long as a quick call. */
const loaded = new Map<string, Promise<ToolKind>>();

/** Throws `StepFailure` `tool/unknown-kind`. */
export async function loadToolKind(kind: string): Promise<ToolKind> {
  const load = Object.hasOwn(toolKinds, kind) ? toolKinds[kind] : undefined;
  if (load === undefined) throw new StepFailure("tool/unknown-kind", `there is no tool kind ${kind}`);
  const found = loaded.get(kind) ?? load();
  loaded.set(kind, found);
  return found;
}
