import { StepFailure } from "../../plan/step-failure.ts";
import { exchange, type ExchangeRules, type WireAnswer, type WireRequest } from "./exchange.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that say nothing of whoever asks; all others stay with the service that they are for. */
const HARMLESS = new Set(["accept", "accept-encoding", "accept-language", "user-agent", "content-type"]);

/** Makes a request and those that its answers lead to, each to an address that is checked. Throws as `exchange` does, and `tool/redirect`. */
export async function followRedirects(first: WireRequest, rules: ExchangeRules): Promise<WireAnswer> {
  let request = first;
  for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
    const answer = await exchange(request, rules);
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
    request = nextRequest(request, answer.status, location);
  }
  throw new StepFailure("tool/redirect", `${first.origin.host} redirects more than ${MAX_REDIRECTS} times`);
}

function nextRequest(request: WireRequest, status: number, location: string): WireRequest {
  const refuse = (why: string) => new StepFailure("tool/redirect", `${request.origin.host} redirects ${why}`);
  const from = new URL(`${request.origin.origin}${request.path}`);
  if (!URL.canParse(location, from.href)) throw refuse("to what is no address");
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:") throw refuse(`to ${to.protocol}`);
  if (from.protocol === "https:" && to.protocol === "http:") throw refuse("to http, where anybody could read along");
  const isRead = request.method === "GET" || request.method === "HEAD";
  const becomesGet = !isRead && (status === 303 || (status < 303 && request.method === "POST"));
  const stays = to.origin === from.origin;
  if (!stays && !isRead && !becomesGet) throw refuse(`the body of a ${request.method} to another server, ${to.host}`);
  const kept = Object.entries(request.headers).filter(([name]) => {
    if (becomesGet && name === "content-type") return false;
    return stays || HARMLESS.has(name);
  });
  return {
    method: becomesGet ? "GET" : request.method,
    origin: new URL(to.origin),
    path: `${to.pathname}${to.search}`,
    headers: Object.fromEntries(kept),
    body: becomesGet || isRead ? undefined : request.body,
  };
}
