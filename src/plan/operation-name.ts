/** Takes `tool.operation` apart; what follows the first dot is the operation. Of a name without a dot the operation is empty. */
export function splitOperation(name: string): { readonly tool: string; readonly operation: string } {
  const [tool = "", ...operation] = name.split(".");
  return { tool, operation: operation.join(".") };
}
