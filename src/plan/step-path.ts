/** Path of the step to which an invocation belongs: `each.send` of `each[3].send`, of `each[0..199].send` and of `each[3].send/undo`. */
export function stepPathOf(invocation: string): string {
  return invocation.replaceAll(/\[[^\]]*\]|\/.*/g, "");
}
