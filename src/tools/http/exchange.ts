import { Agent as PlainAgent, type IncomingMessage, request as requestPlain, type RequestOptions } from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import { isIP, type Socket } from "node:net";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { isCertificateFault } from "../../plan/is-certificate-fault.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { checkAddress, createLookup } from "./check-address.ts";

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Scheme, host and port. */
  readonly origin: URL;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Buffer | undefined;
}

/** What came back. */
export interface WireAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What holds for every request of a call. */
export interface ExchangeRules {
  readonly allowed: readonly string[];
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
/** Of an answer that tells a failure only the beginning is shown. */
const MAX_FAILURE_BYTES = 64 * 1024;
/** Safe to be sent again where a connection kept open turns out to be closed. */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};
/** Connections that are kept open, apart for each list of allowed addresses. */
const agents = new Map<string, PlainAgent | SecureAgent>();

/**
 * Makes one request to an address that was checked. Throws the signal's reason, or `StepFailure` `tool/forbidden-address`,
 * `tool/unreachable`, `tool/connection-lost`, `tool/output-too-large`.
 */
export async function exchange(request: WireRequest, rules: ExchangeRules): Promise<WireAnswer> {
  const host = request.origin.hostname.replace(/^\[|\]$/g, "");
  // Node asks its lookup about names only.
  if (isIP(host) !== 0) checkAddress(host, host, rules.allowed);
  const state = { sent: false, reused: false };
  try {
    return await send(request, rules, state);
  } catch (error) {
    const failure = toFailure(error, { request, rules, sent: state.sent });
    if (!state.reused || !REPEATABLE.has(request.method) || error instanceof StepFailure || rules.signal.aborted)
      throw failure;
    return send(request, rules, state).catch((again: unknown) => {
      throw toFailure(again, { request, rules, sent: state.sent });
    });
  }
}

function send(
  { method, origin, path, headers, body }: WireRequest,
  { allowed, signal }: ExchangeRules,
  state: { sent: boolean; reused: boolean },
): Promise<WireAnswer> {
  const isSecure = origin.protocol === "https:";
  const options: RequestOptions = {
    method,
    host: origin.hostname.replace(/^\[|\]$/g, ""),
    ...(origin.port === "" ? {} : { port: Number(origin.port) }),
    path,
    headers: { ...headers, ...(body === undefined ? {} : { "content-length": body.length }) },
    signal,
    lookup: createLookup(allowed),
    // What must not be repeated never begins on a connection that may be closed already.
    agent: REPEATABLE.has(method) ? agentFor(isSecure, allowed) : false,
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? requestSecure : requestPlain)(options);
    request.once("socket", (socket: Socket) => {
      state.reused = request.reusedSocket;
      if (request.reusedSocket) state.sent = true;
      else socket.once(isSecure ? "secureConnect" : "connect", () => (state.sent = true));
    });
    request.once("error", reject);
    request.once("response", (response) => readAnswer(response, method).then(resolve, reject));
    request.end(body);
  });
}

function agentFor(isSecure: boolean, allowed: readonly string[]): PlainAgent {
  const key = JSON.stringify([isSecure, allowed]);
  const agent = agents.get(key) ?? new (isSecure ? SecureAgent : PlainAgent)({ keepAlive: true, timeout: 15_000 });
  agents.set(key, agent);
  return agent;
}

async function readAnswer(response: IncomingMessage, method: string): Promise<WireAnswer> {
  const { statusCode: status = 0, statusMessage: statusText = "", headers } = response;
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const decoder = method === "HEAD" ? undefined : DECODERS[encoding];
  const stream = decoder === undefined ? response : response.pipe(decoder());
  const chunks: Buffer[] = [];
  let bytes = 0;
  const cut = new Promise<never>((_, reject) => response.once("error", reject));
  cut.catch(() => undefined);
  const read = async () => {
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      if (status >= 400 && bytes > MAX_FAILURE_BYTES) {
        chunks.push(chunk as Buffer);
        response.destroy();
        return;
      }
      if (bytes > MAX_ANSWER_BYTES) {
        response.destroy();
        throw new StepFailure("tool/output-too-large", `the answer has more than ${MAX_ANSWER_BYTES} bytes`, {
          outcomeUnknown: true,
        });
      }
      chunks.push(chunk as Buffer);
    }
  };
  await Promise.race([read(), cut]);
  return { status, statusText, headers, body: Buffer.concat(chunks) };
}

function toFailure(
  error: unknown,
  { request, rules, sent }: { readonly request: WireRequest; readonly rules: ExchangeRules; readonly sent: boolean },
): unknown {
  if (rules.signal.aborted) return rules.signal.reason;
  if (error instanceof StepFailure) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const said = message === "" ? code : message;
  if (sent) {
    const text = `the connection to ${request.origin.host} was lost before the answer had come: ${said}`;
    return new StepFailure("tool/connection-lost", text, { retryable: true, outcomeUnknown: true });
  }
  const text = `${request.origin.host} cannot be reached: ${said}`;
  return new StepFailure("tool/unreachable", text, { retryable: !isCertificateFault(code) });
}
