// A process that uses the embedded server of the state folder in its argument until it is killed.
import { useEmbeddedServer } from "../../src/server/embedded-server.ts";

const [, , stateDir = ""] = process.argv;
try {
  const { address, started } = await useEmbeddedServer({ stateDir });
  process.send?.({ address, started });
  setInterval(() => undefined, 1000);
} catch (error) {
  process.send?.({ error: String(error) });
}
