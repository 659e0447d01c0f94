import { ensureSearchAttributes } from "./search-attributes.ts";
import { readRetentionDays } from "./server-settings.ts";

const SECONDS_A_DAY = 86_400;
const TIMEOUT_MS = 20_000;

/** Gives the local server's namespace its search attributes and its retention. */
export async function prepareNamespace(address: string): Promise<void> {
  const { Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({ address, connectTimeout: "3s" });
  const namespace = "default";
  const prepare = async () => {
    await ensureSearchAttributes(connection, namespace);
    const seconds = readRetentionDays() * SECONDS_A_DAY;
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
    });
  };
  try {
    await connection.withDeadline(Date.now() + TIMEOUT_MS, prepare);
  } finally {
    await connection.close();
  }
}
