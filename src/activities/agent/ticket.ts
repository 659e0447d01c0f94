/** Names the promise of a choice, which the first call of the chosen agent keeps. */
export function ticketOf({ run, stepPath }: { readonly run: string; readonly stepPath: string }): string {
  return `promised ${run} ${stepPath}`;
}
