import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../command-line.ts";
import { openProject, type TestProject } from "../interpreter/open-project.ts";
import { historyText } from "../secrets/history-text.ts";
import { type ReceivedRequest, type Recorder, startRecorder } from "./open-http-tool.ts";
import { publicDocuments } from "./public-documents.ts";

const KEY = "very-secret-pet-key";

let project: TestProject;
let recorder: Recorder;
beforeAll(async () => {
  process.env["PET_KEY"] = KEY;
  recorder = await startRecorder();
  const server = `server: { variables: { port: "${recorder.port}" } }`;
  project = await openProject({
    "aiworkflow.yaml": "agents: { sample: { kind: recorded, replies: replies.yaml } }\n",
    "replies.yaml": `ask:
  - { call: petstore.getPetById, with: { petId: 7 } }
  - { call: petstore.getPetById, with: { petId: 404 } }
  - { call: petstore.addPet, with: { body: { status: sold } } }
  - "It is Rex."
`,
    "petstore.yaml": readFileSync("test/tools/documents/petstore-3.0.yaml", "utf8"),
    "pets.json": readFileSync("test/tools/documents/petstore-3.1.json", "utf8"),
    "issues.yaml": readFileSync("test/tools/documents/issues.yaml", "utf8"),
    "weather.yaml": readFileSync("test/tools/documents/weather.yaml", "utf8"),
    ...Object.fromEntries(
      Object.entries(publicDocuments).map(([name, path]) => [`${name}.json`, readFileSync(path, "utf8")]),
    ),
    "registry.yaml": `tools:
  swagger: { kind: openapi, document: swagger.json, server: "${recorder.url}/v2", auth: { api_key: "\${{ secrets.PET_KEY }}", petstore_auth: "\${{ secrets.PET_KEY }}" }, allow-addresses: [127.0.0.1] }
  stapi: { kind: openapi, document: stapi.json, server: "${recorder.url}/api/v1/rest", allow-addresses: [127.0.0.1] }
  uspto: { kind: openapi, document: uspto.json, server: "${recorder.url}/ds-api", allow-addresses: [127.0.0.1] }
  trains: { kind: openapi, document: trains.json, server: "${recorder.url}", auth: { OAuth2: "\${{ secrets.PET_KEY }}" }, allow-addresses: [127.0.0.1] }
  pets: { kind: openapi, document: pets.json, server: "${recorder.url}/v31", allow-addresses: [127.0.0.1] }
  issues: { kind: openapi, document: issues.yaml, server: "${recorder.url}", auth: { token: "\${{ secrets.PET_KEY }}" }, allow-addresses: [127.0.0.1] }
  weather: { kind: openapi, document: weather.yaml, server: "${recorder.url}/v1", auth: { app_id: "\${{ secrets.PET_KEY }}" }, allow-addresses: [127.0.0.1] }
  petstore: { kind: openapi, document: petstore.yaml, ${server}, auth: { api_key: "\${{ secrets.PET_KEY }}" }, allow-addresses: [127.0.0.1] }
  inner: { kind: openapi, document: petstore.yaml, ${server}, auth: { api_key: x } }
  plain:
    kind: http
    base-url: "${recorder.url}"
    allow-addresses: [127.0.0.1]
    timeout: 1s
    operations:
      send: { method: POST, path: /send, parameters: { text: string }, effect: idempotent }
      wait: { path: /wait }
      post: { method: POST, path: /post }
  forked:
    implementations:
      - { kind: http, base-url: "${recorder.url}", allow-addresses: [127.0.0.1], priority: 1, operations: { post: { method: POST, path: /fork } } }
      - { kind: http, base-url: "${recorder.url}", allow-addresses: [127.0.0.1], operations: { post: { method: POST, path: /other } } }
`,
  });
});
afterAll(async () => {
  await project.close();
  await recorder.close();
});
beforeEach(() => {
  recorder.requests.length = 0;
  recorder.respond(({ url, headers }, response) => {
    if (url.endsWith("/404")) return void response.writeHead(404, { "content-type": "text/plain" }).end("no such pet");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ name: "Rex", url, key: headers["api_key"] }));
  });
});

const call = (name: string, args = "{}", more = "") =>
  `## Call\n\`\`\`yaml step\nuses: ${name}\nwith: ${args}\n${more}\n\`\`\`\n`;
/** All that the history holds, payloads as they read. */
test("from the command line: `tools list` shows the operations, a step calls one, another uses what came", async () => {
  const { stdout } = await runCommand(project.dir, "tools", "list");
  expect(stdout).toMatch(/petstore\.getPetById +openapi +ok +Finds one pet/);
  expect(stdout).toContain("petstore.get_store_inventory");
  expect(stdout).toMatch(/plain\.send +http/);
  project.write(
    "pet.md",
    `---\ninputs: { id: { type: integer, required: true } }\n---\n${call("petstore.getPetById", "{ petId: '${{ inputs.id }}' }", "output: { name: string, url: string, key: string }")}## Say\n\`\`\`yaml step\nset: { text: "\${{ steps.call.output.name }} of \${{ steps.call.output.url }}" }\n\`\`\`\n`,
  );
  const { code, stdout: json, stderr } = await runCommand(project.dir, "run", "pet.md", "-i", "id=7", "--json");
  expect(code, stderr).toBe(0);
  expect(JSON.parse(json)).toMatchObject({ status: "completed" });
  expect(json).toContain("Rex of /api/v3/pet/7");
  expect(recorder.requests).toHaveLength(1);
  expect(recorder.requests[0]?.headers["api_key"]).toBe(KEY);
});

test("`tools show` lists all operations of a document of 3.0 and of one of 3.1, with their schemas", async () => {
  const show = async (name: string) => {
    const { stdout } = await runCommand(project.dir, "tools", "show", name, "--json");
    const { operations } = JSON.parse(stdout).tool as { operations: { operation: string; parameters: object }[] };
    return new Map(operations.map(({ operation, parameters }) => [operation, parameters]));
  };
  const petstore = await show("petstore");
  expect([...petstore.keys()].toSorted()).toEqual(
    "addPet deletePet findPetsByStatus findPetsByTags getPetById get_store_inventory updatePet updatePetWithForm uploadFile".split(
      " ",
    ),
  );
  expect(petstore.get("getPetById")).toMatchObject({ properties: { petId: { type: "integer" } }, required: ["petId"] });
  expect([...(await show("pets")).keys()].toSorted()).toEqual(["addPet", "addPhotos", "getPetById"]);
});

test("operations of every document are sent to the byte, from one run", async () => {
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const bytes = { "content-type": "application/octet-stream" };
  const rows: readonly (readonly [name: string, args: string, request: string, headers: object, body: string])[] = [
    [
      "petstore.addPet",
      "{ body: { name: Rex, weight: 2.5, note: null } }",
      "POST /api/v3/pet",
      { ...json, api_key: KEY },
      '{"name":"Rex","weight":2.5,"note":null}',
    ],
    ["petstore.findPetsByStatus", "{ status: sold }", "GET /api/v3/pet/findByStatus?status=sold", {}, ""],
    ["petstore.findPetsByTags", "{ tags: [a, b] }", "GET /api/v3/pet/findByTags?tags=a&tags=b", {}, ""],
    [
      "petstore.updatePetWithForm",
      '{ petId: 7, body: { name: "R x", status: sold } }',
      "POST /api/v3/pet/7",
      form,
      "name=R+x&status=sold",
    ],
    [
      "petstore.uploadFile",
      '{ petId: 7, additionalMetadata: "x y", body: "AP8Q" }',
      "POST /api/v3/pet/7/uploadImage?additionalMetadata=x%20y",
      bytes,
      "\u0000\u00ff\u0010",
    ],
    ["petstore.get_store_inventory", "{}", "GET /api/v3/store/inventory", { api_key: KEY }, ""],
    [
      "pets.addPet",
      "{ body: { name: Rex, kind: pet, friends: [{ name: Tom }] } }",
      "POST /v31/pet",
      json,
      '{"name":"Rex","kind":"pet","friends":[{"name":"Tom"}]}',
    ],
    [
      "issues.issues/list-for-repo",
      '{ owner: a, repo: "b c", state: open, labels: [bug, "first one"], per_page: 5, X-Api-Version: v1 }',
      "GET /repos/a/b%20c/issues?state=open&labels=bug,first%20one&per_page=5",
      { "x-api-version": "v1", authorization: `Bearer ${KEY}` },
      "",
    ],
    [
      "issues.issues/create",
      "{ owner: a, repo: b, body: { title: 7, labels: [{ name: x, color: null }] } }",
      "POST /repos/a/b/issues",
      json,
      '{"title":7,"labels":[{"name":"x","color":null}]}',
    ],
    [
      "weather.forecast",
      "{ latitude: 46.9, longitude: 7.4, hourly: [rain, wind], filter: { min: 1, max: 2 }, area: { box: [1] } }",
      `GET /v1/forecast?latitude=46.9&longitude=7.4&hourly=rain,wind&filter%5Bmin%5D=1&filter%5Bmax%5D=2&area=%7B%22box%22%3A%5B1%5D%7D&appid=${KEY}`,
      {},
      "",
    ],
    [
      "weather.stations",
      "{ codes: [BRN, ZRH], session: s1 }",
      `GET /v1/stations/BRN,ZRH?appid=${KEY}`,
      { cookie: "session=s1" },
      "",
    ],
    ["swagger.getPetById", "{ petId: 7 }", "GET /v2/pet/7", { api_key: KEY }, ""],
    [
      "swagger.addPet",
      "{ body: { name: Rex, photoUrls: [a] } }",
      "POST /v2/pet",
      { ...json, authorization: `Bearer ${KEY}` },
      '{"name":"Rex","photoUrls":["a"]}',
    ],
    [
      "stapi.get_animal_search",
      "{ pageNumber: 0, pageSize: 5 }",
      "GET /api/v1/rest/animal/search?pageNumber=0&pageSize=5",
      {},
      "",
    ],
    [
      "stapi.post_animal_search",
      "{ pageNumber: 1, body: { name: tribble & co, canine: false } }",
      "POST /api/v1/rest/animal/search?pageNumber=1",
      form,
      "name=tribble+%26+co&canine=false",
    ],
    [
      "uspto.perform-search",
      '{ dataset: oa_citations, version: v1, body: { criteria: "a:[1 TO 2]", start: 0, rows: 10 } }',
      "POST /ds-api/oa_citations/v1/records",
      form,
      "criteria=a%3A%5B1+TO+2%5D&start=0&rows=10",
    ],
    [
      "trains.get-booking",
      "{ bookingId: 1725ff48-ab45-4bb5-9d02-88745177dedb }",
      "GET /bookings/1725ff48-ab45-4bb5-9d02-88745177dedb",
      { authorization: `Bearer ${KEY}` },
      "",
    ],
    [
      "trains.create-booking",
      "{ body: { passenger_name: Ann, has_dog: true } }",
      "POST /bookings",
      json,
      '{"passenger_name":"Ann","has_dog":true}',
    ],
  ];
  const report = await project.run(
    rows.map(([name, args], index) => call(name, args).replace("Call", `Call ${index}`)).join(""),
  );
  expect(report.error).toBeNull();
  expect(recorder.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(rows.map(([, , request]) => request));
  for (const [index, [name, , , headers, body]] of rows.entries()) {
    const received = recorder.requests[index];
    expect(received?.headers, name).toMatchObject(headers);
    expect(received?.body.toString("latin1"), name).toBe(body);
  }
});

test("a key is in the request, and nowhere else: not in history, report or store", async () => {
  const run = await project.start(call("petstore.getPetById", "{ petId: 7 }", "effect: read"));
  const report = await project.follow(run);
  expect(report.steps[0]?.output).toMatchObject({ key: "***" });
  expect(recorder.requests[0]?.headers["api_key"]).toBe(KEY);
  expect(await historyText(project.connected, run)).not.toContain(KEY);
  expect(await historyText(project.connected, run)).toContain("PET_KEY");
});

test("an agent is told the operations it is granted, gets what they give and what they refuse, and goes on", async () => {
  const grants = "[petstore.getPetById, petstore.addPet]";
  const report = await project.run(`## Ask\nWho is pet 7?\n\`\`\`yaml step\ntools: ${grants}\n\`\`\`\n`);
  expect(report.error).toBeNull();
  expect(report.steps[0]).toMatchObject({ status: "completed", output: "It is Rex." });
  // The third call lacks a name: it is told so and nothing is sent.
  expect(recorder.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /api/v3/pet/7",
    "GET /api/v3/pet/404",
  ]);
});

describe("effects", () => {
  test.each(["plain.post", "forked.post"])(
    "what %s was answered is not posted again because it leads nowhere",
    async (name) => {
      recorder.respond((_, response) => response.writeHead(303, { location: "http://127.0.0.1:1/" }).end());
      const report = await project.run(call(name, "{}", "retry: { max-attempts: 3, initial-interval: 10ms }"));
      expect(report.steps[0]).toMatchObject({ status: "outcome-unknown", attempts: 1 });
      expect(recorder.requests).toHaveLength(1);
    },
  );

  test("are those of the method, unless the registry says otherwise; only operations in use are in the plan", () => {
    const plan = project.plan(
      ["petstore.getPetById", "petstore.deletePet", "petstore.addPet", "plain.send"]
        .map((name, index) =>
          call(
            name,
            name.endsWith("PetById") || name.endsWith("deletePet")
              ? "{ petId: 1 }"
              : name === "plain.send"
                ? "{ text: a }"
                : "{ body: { name: a } }",
          ).replace("## Call", `## Call ${index}`),
        )
        .join(""),
    );
    expect(plan.steps.map(({ effect }) => effect)).toEqual(["read", "idempotent", "at-most-once", "idempotent"]);
    expect(Object.keys(plan.tools["petstore"]?.operations ?? {}).sort()).toEqual(["addPet", "deletePet", "getPetById"]);
    expect(JSON.stringify(plan.tools).length).toBeLessThan(1500);
  });

  test("a worker that dies in the middle of a POST leaves open what became of it; a GET is made again", async () => {
    recorder.respond(({ method }, response) => {
      const isFirst = recorder.requests.filter((one) => one.method === method).length === 1;
      if (isFirst) process.kill(project.worker.pid, "SIGKILL");
      else response.end("{}");
    });
    const post = await project.run(call("petstore.addPet", "{ body: { name: Rex } }"));
    expect(post.steps[0]).toMatchObject({ status: "outcome-unknown" });
    expect(post.status).toBe("outcome-unknown");
    const get = await project.run(call("petstore.getPetById", "{ petId: 7 }"));
    expect(get.steps[0]).toMatchObject({ status: "completed", attempts: 1 });
    expect(recorder.requests.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
  });

  test("a lost connection and a gateway's answer leave a POST open; one that may be repeated is", async () => {
    recorder.respond((_, response) => void response.socket?.destroy());
    const lost = await project.run(call("plain.post"));
    expect(lost.steps[0]).toMatchObject({ status: "outcome-unknown", error: { code: "step/outcome-unknown" } });
    recorder.respond((_, response) => response.writeHead(502).end());
    expect((await project.run(call("plain.post"))).status).toBe("outcome-unknown");
    recorder.requests.length = 0;
    recorder.respond((_, response) => {
      if (recorder.requests.length < 3) response.socket?.destroy();
      else response.end("done");
    });
    const sent = await project.run(
      call("plain.send", "{ text: a }", "retry: { max-attempts: 3, initial-interval: 10ms }"),
    );
    expect(sent.steps[0]).toMatchObject({ status: "completed", attempts: 3, output: "done" });
  });
});

describe("failures", () => {
  const once = "retry: { max-attempts: 1 }";

  test("404 is not tried again; its words are the message", async () => {
    const report = await project.run(call("petstore.getPetById", "{ petId: 404 }"));
    expect(report.steps[0]).toMatchObject({ status: "failed", attempts: 1, error: { code: "tool/not-found" } });
    expect(report.error?.message).toContain("GET /pet/{petId}: 404 Not Found: no such pet");
  });

  test("429 is tried again when the service says", async () => {
    const times: number[] = [];
    recorder.respond((_, response) => {
      times.push(Date.now());
      if (times.length === 1) response.writeHead(429, { "retry-after": "1" }).end();
      else response.end("{}");
    });
    const report = await project.run(
      call("petstore.getPetById", "{ petId: 7 }", "retry: { max-attempts: 2, initial-interval: 10ms }"),
    );
    expect(report.steps[0]).toMatchObject({ status: "completed", attempts: 2 });
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(950);
  });

  test("an address of this machine is refused unless the tool allows it", async () => {
    const report = await project.run(call("inner.getPetById", "{ petId: 7 }"));
    expect(report.steps[0]).toMatchObject({ status: "failed", attempts: 1, error: { code: "tool/forbidden-address" } });
    expect(recorder.requests).toEqual([]);
  });

  test("a service that never answers ends with the tool's timeout, and its connection is closed", async () => {
    let closed = false;
    recorder.respond((_: ReceivedRequest, response) => void response.once("close", () => (closed = true)));
    const report = await project.run(call("plain.wait", "{}", once));
    expect(report.steps[0]).toMatchObject({ status: "failed", error: { code: "step/timeout" } });
    await expect.poll(() => closed).toBe(true);
  });

  test("an edit of the document does not change a run, whose own one goes with it", async () => {
    const run = await project.start(
      `## Wait\n\`\`\`yaml step\nwait: 1s\n\`\`\`\n${call("petstore.getPetById", "{ petId: 7 }")}`,
    );
    const document = project.read("petstore.yaml");
    project.write("petstore.yaml", document.replaceAll("/pet/{petId}", "/animal/{petId}"));
    const report = await project.follow(run);
    project.write("petstore.yaml", document);
    expect(report.status).toBe("completed");
    expect(recorder.requests[0]?.url).toBe("/api/v3/pet/7");
  });
});
