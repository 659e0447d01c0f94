// A process of a user without a name that wants a server in the folder of its argument.
import { chownSync } from "node:fs";
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";

const [, , stateDir = "", uid = ""] = process.argv;
chownSync(stateDir, Number(uid), Number(uid));
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
try {
  const server = await useEmbeddedServer({ stateDir });
  process.send?.({ address: server.address });
  server.release();
} catch (error) {
  process.send?.({ error: String(error) });
}
process.disconnect?.();
