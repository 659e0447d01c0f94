// An answer may take as long as its step has time: `fetch` and the SDKs have limits of their own, shorter ones.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { patientFetch } from "../../src/system/patient-fetch.ts";
import { APIS, callProvider } from "./apis.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

/** Longer than the limit below, which is looked at once a second. */
const SILENT_MS = 2600;
const LIMITS = { headersTimeout: 200, bodyTimeout: 200 };

const server = createServer((request, response) => {
  const answer = () => response.end("late");
  if (request.url === "/body") response.write("early ");
  setTimeout(answer, SILENT_MS);
});
let url: string;
let api: FakeApi;
const slots = globalThis as Record<symbol, { constructor: new (limits: object) => object }>;
const slot = Symbol.for("undici.globalDispatcher.1");
let usual: (typeof slots)[symbol];
beforeAll(async () => {
  api = await startFakeApi();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await fetch(`${api.url}/v1/models`);
  usual = slots[slot] as typeof usual;
  slots[slot] = new usual.constructor(LIMITS) as typeof usual;
});
afterAll(async () => {
  slots[slot] = usual;
  server.close();
  await api.close();
});

test("neither an answer that comes late nor one that stops in the middle is given up", async () => {
  const read = (get: typeof fetch, path: string) => get(url + path).then((answer) => answer.text());
  const [head, body, ...patient] = await Promise.allSettled([
    read(fetch, "/head"),
    read(fetch, "/body"),
    read(patientFetch, "/head"),
    read(patientFetch, "/body"),
  ]);
  // That the limits are there.
  expect([head?.status, body?.status]).toEqual(["rejected", "rejected"]);
  expect(patient.map((one) => "value" in one && one.value)).toEqual(["late", "early late"]);
});

test("no API's answer is", async () => {
  for (const _ of APIS) api.script({ text: "Hello.", delayMs: SILENT_MS });
  const answers = await Promise.all(APIS.map(({ spec }) => callProvider(spec(api.url))));
  expect(answers.map(({ text }) => text)).toEqual(APIS.map(() => "Hello."));
  const day = 24 * 60 * 60;
  const told = api.requests.slice(1).map(({ headers }) => Number(headers["x-stainless-timeout"] ?? Infinity) >= day);
  expect(told).toEqual(APIS.map(() => true));
});
