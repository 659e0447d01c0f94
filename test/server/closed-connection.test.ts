// A connection that is closed while one of its calls is about to be tried again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Connected, connectClient } from "../../src/client/connect-client.ts";
import { findFreePort } from "../../src/server/free-port.ts";

test("a call to a server that died ends when its connection is closed, and nothing throws later", async () => {
  const port = await findFreePort(0);
  const flags = ["server", "start-dev", "--headless", "--port", String(port), "--log-level", "error"];
  const server = spawn(process.env["AIWORKFLOW_TEMPORAL_CLI"] as string, flags, { stdio: "ignore" });
  const connected = await connectWhenThere(`127.0.0.1:${port}`);
  server.kill("SIGKILL");
  await once(server, "exit");
  const call = connected.client.workflow.getHandle("any").describe();
  const ended = expect(call).rejects.toMatchObject({ cause: { code: 1, details: "the connection is closed" } });
  // The first attempt has failed by then; a retry comes after 100 ms at least, and ever later.
  await sleep(300);
  await connected.close();
  await ended;
  // So does one that begins after that.
  const late = connected.client.workflow.getHandle("any").describe();
  await expect(late).rejects.toMatchObject({ cause: { code: 1, details: "the connection is closed" } });
});

async function connectWhenThere(address: string): Promise<Connected> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await connectClient({ address, namespace: "default" });
    } catch (error) {
      if (tries === 60) throw error;
      await sleep(200);
    }
  }
}
