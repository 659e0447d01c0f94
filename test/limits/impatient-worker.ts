// A worker that breaks workflow tasks off after so many milliseconds: node impatient-worker.ts ADDRESS MILLISECONDS
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { TASK_QUEUE } from "../../src/plan/messages.ts";
import { findWorkflowBundle } from "../../src/worker/workflow-bundle.ts";

const [address = "", milliseconds] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger("ERROR") });
// An option of the SDK for its own use.
const timeout: object = { isolateExecutionTimeout: `${Number(milliseconds)}ms` };
const worker = await Worker.create({
  ...timeout,
  connection: await NativeConnection.connect({ address }),
  taskQueue: TASK_QUEUE,
  workflowBundle: { codePath: await findWorkflowBundle() },
});
process.once("disconnect", () => process.exit(0));
process.send?.("polls");
await worker.run();
