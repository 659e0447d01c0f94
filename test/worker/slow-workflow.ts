/** Computes for a moment without coming back, and fails its task where the SDK keeps a stack of every promise. */
export async function slow(): Promise<number> {
  let sum = 0;
  for (let index = 0; index < 2e8; index += 1) sum = (sum + index) % 7;
  await Promise.resolve();
  return sum;
}

/** Fails its task where the SDK keeps a stack of every promise: it then marks them with the run. */
export async function marked(): Promise<void> {
  const promise = Promise.resolve();
  await promise;
  if ("runId" in promise) throw new Error("this promise is marked");
}
