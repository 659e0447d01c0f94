import { StepFailure } from "../../plan/step-failure.ts";
import { exchange, type ExchangeRules, type WireAnswer, type WireRequest } from "./exchange.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Headers that say nothing of whoever asks; all others stay with the service that they are for. */
const HARMLESS = new Set(["accept", "accept-encoding", "accept-language", "user-agent", "content-type"]);

/** What came back in the end. */
export interface FollowedAnswer extends WireAnswer {
  /** A request that does something was answered with where to read on: what that says tells nothing of what was done. */
  readonly isReadAfter: boolean;
}

/** Makes a request and those that its answers lead to, each to an address that is checked. Throws as `exchange` does, and `tool/redirect`. */
export async function followRedirects(first: WireRequest, rules: ExchangeRules): Promise<FollowedAnswer> {
  let request = first;
  let isReadAfter = false;
  try {
    for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
      const answer = await exchange(request, rules);
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.status) || location === undefined) return { ...answer, isReadAfter };
      isReadAfter ||= becomesGet(request, answer.status);
      request = nextRequest(request, answer.status, location);
    }
    throw new StepFailure("tool/redirect", `${first.origin.host} redirects more than ${MAX_REDIRECTS} times`);
  } catch (error) {
    if (!isReadAfter || rules.signal.aborted || !(error instanceof StepFailure)) throw error;
    const { code, message, retryable } = error;
    // It is no longer so that nothing was called, which would allow for another way.
    const known = code === "tool/unreachable" ? "tool/redirect" : code;
    throw new StepFailure(known, message, { retryable, outcomeUnknown: true });
  }
}

/** The request has been dealt with; its answer says where to read more. */
function becomesGet({ method }: WireRequest, status: number): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return !isRead && (status === 303 || (status < 303 && method === "POST"));
}

function nextRequest(request: WireRequest, status: number, location: string): WireRequest {
  const refuse = (why: string) => new StepFailure("tool/redirect", `${request.origin.host} redirects ${why}`);
  const from = new URL(`${request.origin.origin}${request.path}`);
  if (!URL.canParse(location, from.href)) throw refuse("to what is no address");
  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:") throw refuse(`to ${to.protocol}`);
  if (from.protocol === "https:" && to.protocol === "http:") throw refuse("to http, where anybody could read along");
  const isRead = request.method === "GET" || request.method === "HEAD";
  const isNowRead = becomesGet(request, status);
  const stays = to.origin === from.origin;
  if (!stays && !isRead && !isNowRead) throw refuse(`the body of a ${request.method} to another server, ${to.host}`);
  const kept = Object.entries(request.headers).filter(([name]) => {
    if (isNowRead && name === "content-type") return false;
    return stays || HARMLESS.has(name);
  });
  return {
    method: isNowRead ? "GET" : request.method,
    origin: new URL(to.origin),
    path: `${to.pathname}${to.search}`,
    headers: Object.fromEntries(kept),
    body: isNowRead || isRead ? undefined : request.body,
  };
}
