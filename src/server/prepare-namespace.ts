import { ensureSearchAttributes } from "./search-attributes.ts";
import { readRetentionDays } from "./server-settings.ts";

const SECONDS_A_DAY = 86_400;

/** Gives the local server's namespace its search attributes and its retention. */
export async function prepareNamespace(address: string): Promise<void> {
  const { Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({ address, connectTimeout: "3s" });
  const namespace = "default";
  try {
    await ensureSearchAttributes(connection, namespace);
    const seconds = readRetentionDays() * SECONDS_A_DAY;
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) === seconds) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
    });
  } finally {
    await connection.close();
  }
}
