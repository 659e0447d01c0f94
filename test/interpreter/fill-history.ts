import { expect } from "vitest";
import type { TestProject } from "./open-project.ts";

/** Fills the history of a run that can do nothing, of at most so many events, until it goes on in a new one. */
export async function fillHistory(project: TestProject, run: string, events: number): Promise<void> {
  const before = await project.executions(run);
  const handle = project.connected.client.workflow.getHandle(run);
  for (let sent = 0; sent < events; sent += 1) await handle.signal("news", sent);
  await expect.poll(() => project.executions(run), { timeout: 30_000 }).toBeGreaterThan(before);
}
