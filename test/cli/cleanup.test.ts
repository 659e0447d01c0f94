// A cleanup that meets what somebody else has deleted meanwhile.
import { expect, test } from "vitest";
import { deleteRuns } from "../../src/client/delete-runs.ts";
import { beginCommand } from "../command-line.ts";
import { openProject } from "../interpreter/open-project.ts";
import { openMuteRelay } from "./open-mute-relay.ts";

/** In seconds. As it comes, the server takes half a minute to delete a run, and meanwhile lets it be deleted again. */
const DELETES_AT_ONCE = {
  "history.transferProcessorUpdateAckInterval": 1,
  "history.visibilityProcessorUpdateAckInterval": 1,
};

test("passes it over", { timeout: 120_000 }, async () => {
  const project = await openProject({}, DELETES_AT_ONCE);
  const { connected } = project;
  // What looks at the server and the two lists of the command come through, and what it deletes is kept for a while.
  const relay = await openMuteRelay(connected.target.address, 5);
  try {
    const { closedAt } = await project.run("## One\n```yaml step\nset: { a: 1 }\n```\n", { id: "twice" });
    const ageMs = () => Date.now() - Date.parse(closedAt as string);
    await expect.poll(ageMs, { timeout: 10_000 }).toBeGreaterThan(3000);
    const cleaned = beginCommand(project.dir, "cleanup", "--older-than", "1s", "--address", relay.address, "--json");
    await relay.muted;
    await deleteRuns(connected, { endedBefore: new Date(), dryRun: false });
    const look = () => connected.client.workflow.getHandle("twice").describe();
    await expect.poll(() => look().catch(() => "gone"), { timeout: 9000 }).toBe("gone");
    relay.release();
    expect(await cleaned.ended, cleaned.stderr()).toBe(0);
    expect(JSON.parse(cleaned.stdout())).toMatchObject({ runs: ["twice"] });
  } finally {
    await relay.close();
    await project.close();
  }
});
