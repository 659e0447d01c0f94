import { join } from "node:path";
import { bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";
import { expect, test } from "vitest";

test(
  "the run-time side can be bundled for the workflow sandbox, without the compiler's side",
  { timeout: 60_000 },
  async () => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, "tiny-workflow.ts"),
      logger: new DefaultLogger("ERROR"),
    });
    expect(code).toContain("evaluateInWorkflow");
    expect(code).not.toContain("typed-environment.ts");
  },
);
