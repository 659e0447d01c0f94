// A conversation begun with one provider goes on with any other: the fake refuses what the real APIs refuse.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Transcript } from "../../src/agents/provider.ts";
import { APIS, callProvider, HELLO, saidBy } from "./apis.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

const pairs = APIS.flatMap((first) => APIS.map((second) => ({ from: first.name, to: second.name, first, second })));

describe.each(pairs)("from $from to $to", ({ first, second }) => {
  test("calls, their results and what was said are there; reasoning is not handed to a stranger", async () => {
    const ids = first.name === "anthropic" ? ["toolu_a", "toolu_b"] : ["functions.mail:0", "functions.mail:1"];
    api.script(
      {
        thinking: "Hm, so",
        text: "Let me look.",
        calls: [
          { id: ids[0] as string, name: "mail__read", json: '{"id": "7"}' },
          { id: ids[1] as string, name: "mail__read", json: '{"id": ' },
        ],
      },
      { thinking: "And so", text: "Lost rows." },
      { text: "It was about lost rows." },
    );
    const asked = await callProvider(first.spec(api.url));
    const results = [
      { id: ids[0] as string, name: "mail__read", content: { subject: "Lost rows" }, isError: false },
      { id: ids[1] as string, name: "mail__read", content: "the arguments are not JSON", isError: true },
    ];
    const transcript: Transcript = {
      ...HELLO,
      messages: [...HELLO.messages, saidBy(asked), { role: "tool", results }],
    };
    const answered = await callProvider(second.spec(api.url), { transcript });
    expect(answered.text).toBe("Lost rows.");
    const sent = JSON.stringify(api.requests.at(-1)?.body);
    for (const part of ["Let me look.", "mail__read", "Lost rows", "not JSON"]) expect(sent).toContain(part);
    const isOwn = asked.rawForm === answered.rawForm;
    for (const part of first.reasoning) expect(sent.includes(part)).toBe(isOwn);

    // And back again.
    const messages = [...transcript.messages, saidBy(answered), { role: "user" as const, text: "In a sentence?" }];
    const last = await callProvider(first.spec(api.url), { transcript: { ...HELLO, messages } });
    expect(last.text).toBe("It was about lost rows.");
  });
});

test.each(APIS)("$name goes on with what a recorded agent, or one of the project's own, has said", async ({ spec }) => {
  api.script({ text: "Done." });
  const calls = [{ id: "call-1-1", name: "mail__list", argumentsJson: "{}" }];
  const transcript: Transcript = {
    ...HELLO,
    messages: [
      ...HELLO.messages,
      { role: "assistant", text: "", calls, raw: null, rawForm: "recorded" },
      { role: "tool", results: [{ id: "call-1-1", name: "mail__list", content: [], isError: false }] },
      { role: "assistant", text: "", calls: [], raw: { of: "a stranger" }, rawForm: "./my-provider.ts" },
      { role: "user", text: "Go on." },
    ],
  };
  expect((await callProvider(spec(api.url), { transcript })).text).toBe("Done.");
});
