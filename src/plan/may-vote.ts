/** Whether this person is asked: nobody named asks everybody; `@name` is the same as `name`. */
export function mayVote(approvers: readonly string[], by: string): boolean {
  return approvers.length === 0 || approvers.some((name) => name === by || name === `@${by}`);
}
