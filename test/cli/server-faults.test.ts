// What a command says of faults that a server answers with: a person can do something about them, they are no bugs of ours.
import { afterAll, beforeAll, expect, test } from "vitest";
import { explainError } from "../../src/cli/explain-error.ts";
import { exitOfDiagnostics } from "../../src/cli/exit-codes.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";

let project: TestProject;
beforeAll(async () => {
  // A server of its own, whose namespace loses its search attributes.
  project = await openProject({}, { "limit.historyCount.suggestContinueAsNew": 5000 });
});
afterAll(() => project.close());

async function fault(work: () => Promise<unknown>) {
  const error: unknown = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const diagnostics = explainError(error);
  return [diagnostics[0]?.code, exitOfDiagnostics(diagnostics)];
}

test("search attributes that the namespace does not have; a query that it does not understand", async () => {
  const { client } = project.connected;
  const list = async (query: string) => {
    for await (const _ of client.workflow.list({ query })) break;
  };
  await list("AiwfStatus = 'running'");
  expect(await fault(() => list("this is no query"))).toEqual(["server/refused", 3]);
  await client.connection.operatorService.removeSearchAttributes({
    namespace: "default",
    searchAttributes: ["AiwfStatus"],
  });
  await expect
    .poll(() => fault(() => list("AiwfStatus = 'running'")), { timeout: 20_000 })
    .toEqual(["server/search-attributes", 3]);
  await expect
    .poll(() => fault(() => project.start("## One\n```yaml step\nset: { a: 1 }\n```\n")), { timeout: 20_000 })
    .toEqual(["server/search-attributes", 3]);
});

test("a fault of its own", async () => {
  // As gRPC's client throws what a server has answered.
  const internal = Object.assign(new Error("13 INTERNAL: disk I/O error"), { code: 13, details: "disk I/O error" });
  expect(await fault(() => Promise.reject(internal))).toEqual(["server/failed", 3]);
  const cancelled = Object.assign(new Error("1 CANCELLED: Call cancelled"), { code: 1, details: "Call cancelled" });
  expect(await fault(() => Promise.reject(cancelled))).toEqual(["server/no-answer", 3]);
});
