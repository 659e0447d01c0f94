/** Processor time that some work takes: a busy machine makes it wait, not slower. */
export function spentMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
