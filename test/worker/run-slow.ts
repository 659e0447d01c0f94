// Runs a workflow of `slow-workflow.ts` on the server that is named, by an SDK whose guard ends a workflow that computes for
// longer than is said; prints what became of it.
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";

const [, , address = "", workflowType = "", isolateExecutionTimeout = ""] = process.argv;
const logger = new DefaultLogger("ERROR", () => undefined);
Runtime.install({ logger, telemetryOptions: { logging: { filter: "OFF" } } });
const taskQueue = `slow-${process.pid}`;
const [connection, clientConnection, workflowBundle] = await Promise.all([
  NativeConnection.connect({ address }),
  Connection.connect({ address }),
  bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, "slow-workflow.ts"), logger }),
]);
// The limit is not among the documented options; it is set so that nobody need wait 5 s for the guard.
const options = { connection, taskQueue, workflowBundle, isolateExecutionTimeout };
const worker = await Worker.create(options);
const client = new Client({ connection: clientConnection });
const ended = await worker.runUntil(async () => {
  const handle = await client.workflow.start(workflowType, { taskQueue, workflowId: taskQueue });
  for (;;) {
    const { events } = await handle.fetchHistory();
    const failed = events?.find(
      ({ workflowTaskFailedEventAttributes: task }) => task,
    )?.workflowTaskFailedEventAttributes;
    if (failed) {
      await handle.terminate();
      return failed.failure?.message ?? "failed";
    }
    if (events?.some((event) => event.workflowExecutionCompletedEventAttributes)) return "completed";
  }
});
process.stdout.write(ended);
await connection.close();
process.exit(0);
