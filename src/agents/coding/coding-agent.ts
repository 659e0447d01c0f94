import { randomUUID } from "node:crypto";
import { realpath, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "../../plan/json.ts";
import { KEY_VARIABLE } from "../../plan/key-variable.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { NO_TOKENS } from "../../plan/usage.ts";
import { killCarriers } from "../../processes/carriers.ts";
import { childEnvironment, namesLeftOut } from "../../processes/child-environment.ts";
import { hashOfKey, makeScratch } from "../../processes/orphans.ts";
import { readLines } from "../../processes/read-lines.ts";
import { parseJson } from "../../schema/check-schema.ts";
import type { CheckRequest, Provider, ProviderAnswer, ProviderRequest, Spent } from "../provider.ts";
import type { CodingProgram, Heard } from "./coding-program.ts";
import { codingPrompt, type Seen } from "./coding-prompt.ts";
import { findCodingProgram } from "./find-coding-program.ts";
import { type End, explainEnd, hasLostSession, noKey } from "./explain-end.ts";
import { reachHere } from "./reach-here.ts";
import type { ServedTools } from "./serve-tools.ts";
import { openSessionMemory, type Session, type SessionMemory, sessionOf } from "./session-memory.ts";
import { type Tally, usedByCall, withoutSession } from "./tally.ts";
import { watchLingering } from "./watch-lingering.ts";

/** What every program needs of the worker's own environment to reach the network, and to find what it keeps of itself. */
const NETWORK = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"];
const PLACES = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"];

/** Names the call to whatever its attempts start. Its key is no name for that: another project's run may have the same. */
const CALL_VARIABLE = "AIWORKFLOW_CALL";
/** Names one attempt to whatever it starts. */
const MARK_VARIABLE = "AIWORKFLOW_ATTEMPT";
const TOKEN_VARIABLE = "AIWORKFLOW_TOOLS_TOKEN";

/** What stays the same over the starts of one call. */
interface Work {
  readonly program: CodingProgram;
  readonly request: ProviderRequest;
  readonly memory: SessionMemory;
  readonly folder: string;
  readonly cwd: string;
  /** Carried by whatever this attempt starts, beside the key. */
  readonly marks: Readonly<Record<string, string>>;
  readonly tools: ServedTools | undefined;
  /** Ends the program: the call's own signal, or a tool call that the step cannot go on after. */
  readonly signal: AbortSignal;
}

/** The session that a start goes on with, and what of it counts for the call. */
interface Resumed {
  readonly session: Session | undefined;
  readonly seen: Seen;
  readonly tally: Tally;
}

/**
 * A provider that lets a program do the work: one start of it, and one more where it has lost its session. Nothing of it
 * outlives the call. Throws `StepFailure` `agent/no-program`, `agent/no-key`, `agent/no-workdir`, `agent/flood`,
 * `agent/bad-output`, `agent/killed`, `agent/exit`, what the program says of its model's API, and what a tool call ends with
 * that the step cannot go on after.
 */
export function createCodingAgent(program: CodingProgram): Provider {
  return {
    kind: program.kind,
    async check(request) {
      await findWorkdir(request);
      refuseToStart(program, request, childEnvironment(request.host.env, ownVariables(program, request)));
    },
    async call(request) {
      const { host } = request;
      const cwd = await findWorkdir(request);
      const memory = openSessionMemory(host);
      const folder = await makeScratch(host.stateDir);
      // What an earlier attempt left behind would act beside this one.
      const call = hashOfKey(`${await realpath(host.stateDir)}\n${host.key}`);
      killCarriers(CALL_VARIABLE, call);
      const mark = randomUUID();
      const broken = new AbortController();
      const signal = AbortSignal.any([request.signal, broken.signal]);
      try {
        const tools = await openTools(request, (failure) => broken.abort(failure));
        const marks = { [CALL_VARIABLE]: call, [MARK_VARIABLE]: mark };
        const work = { program, request, memory, folder, cwd, marks, tools, signal };
        return await workOn(work).finally(() => tools?.close());
      } finally {
        killCarriers(MARK_VARIABLE, mark);
        memory.forget();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function openTools(
  { tools, ownCalls }: ProviderRequest,
  onFailure: (failure: unknown) => void,
): Promise<ServedTools | undefined> {
  if (tools.length === 0) return undefined;
  const { serveTools } = await import("./serve-tools.ts");
  return serveTools(tools, ownCalls, onFailure);
}

async function workOn(work: Work): Promise<ProviderAnswer> {
  const { program, request, memory } = work;
  const answered = sessionOf(request.transcript, program.kind);
  const session = memory.before ?? answered;
  const seen = memory.before !== undefined ? "interrupted" : answered !== undefined ? "answered" : "nothing";
  let tally: Tally = { base: session?.id === answered?.id ? answered : undefined, sunk: session?.sunk };
  let end = await runOnce(work, { session, seen, tally });
  if (session !== undefined && hasLostSession(program, end)) {
    tally = withoutSession(tally, session);
    end = await runOnce(work, { session: undefined, seen: "nothing", tally });
  }
  const failure = explainEnd(program, end, request);
  if (failure !== undefined) throw failure;
  return toAnswer(request, end.heard, tally);
}

async function runOnce(work: Work, { session, seen, tally }: Resumed): Promise<End> {
  const { program, request, memory, folder, cwd, marks, tools, signal } = work;
  const { host, transcript, schema, ownCalls } = request;
  const shape = schema !== undefined && program.takesSchema(schema) ? undefined : schema;
  const launch = await program.launch({
    request,
    prompt: codingPrompt(transcript, { seen, schema: shape, calls: ownCalls.before }),
    session: session?.id,
    tools: tools && { url: tools.url, tokenVariable: TOKEN_VARIABLE },
    marks: { [KEY_VARIABLE]: host.key, ...marks },
    folder,
  });
  const served: Record<string, string> = tools === undefined ? {} : { [TOKEN_VARIABLE]: tools.token };
  const given = { ...ownVariables(program, request), ...served, ...launch.env, ...marks };
  const env = childEnvironment(host.env, given, host.key);
  const [leftOut] = namesLeftOut(env, given);
  if (leftOut !== undefined) throw tooLarge(`${leftOut} is larger than a variable can be`);
  const command = refuseToStart(program, request, env);
  const uncounted = session?.uncounted;
  let heard: Heard = {
    text: "",
    used: session?.used ?? NO_TOKENS,
    usd: session?.usd,
    uncounted,
    uncountedBefore: uncounted,
    done: false,
  };
  const count = () => request.spent(toSpent(request, heard, tally));
  count();
  let badLine: string | undefined;
  const take = (line: string) => {
    const event = parseJson(line);
    if (!isJsonObject(event)) {
      badLine ??= host.mask(line).slice(0, 200);
      return;
    }
    const before = heard;
    heard = program.read(heard, event);
    if (heard.text !== before.text)
      request.said(heard.text.startsWith(before.text) ? heard.text.slice(before.text.length) : heard.text);
    if (heard.used !== before.used || heard.usd !== before.usd) count();
    if (heard.session !== undefined && (heard.session !== before.session || heard.used !== before.used))
      memory.remember({ ...sessionAfter(heard, heard.session), sunk: tally.sunk });
    if (heard.failure !== undefined && heard.failure !== before.failure && !heard.done) throw heard.failure;
  };
  const lingering = watchLingering();
  const result = await readLines({
    command,
    args: launch.args,
    cwd,
    env,
    stdin: launch.stdin,
    stateDir: host.stateDir,
    key: host.key,
    signal,
    enough: lingering.signal,
    onLine(line) {
      take(line);
      lingering.heard(heard.done);
    },
  })
    .catch((error: NodeJS.ErrnoException) => {
      throw error.code === "E2BIG" ? tooLarge("its arguments are too long, the schema or `system` among them") : error;
    })
    .finally(() => lingering.end());
  return { result, heard, badLine };
}

/** The program to start. Throws where it could not answer: it is not there, or has neither key nor login. */
function refuseToStart(program: CodingProgram, request: CheckRequest, env: Readonly<Record<string, string>>): string {
  const place = { projectDir: request.host.projectDir, path: env["PATH"] };
  const { command, found } = findCodingProgram(request.spec, place);
  if (found === undefined) throw noProgram(program, request);
  const keyless = program.keyVariables.every((name) => (env[name] ?? "") === "");
  if (keyless && program.hasLogin?.(request, env) === false) throw noKey(program, request);
  return command;
}

/** Keys travel in the environment only. Throws `StepFailure` `agent/no-key` where the agent names a variable that is not set. */
function ownVariables(program: CodingProgram, request: CheckRequest): JsonObject {
  const { host, spec, apiKey } = request;
  // The maker's key is not for another address.
  const keys = spec.apiKeyEnv === undefined && spec.baseUrl === undefined ? program.keyVariables : [];
  const names = [...NETWORK, ...PLACES, ...program.variables, ...keys];
  const own: Record<string, string> = {};
  for (const name of names) if (host.env[name] !== undefined) own[name] = host.env[name];
  if (spec.apiKeyEnv !== undefined) own[program.keyVariables[0]] = apiKey(program.keyVariables[0]);
  return { ...own, ...reachHere(host.env) };
}

async function findWorkdir({ host, spec }: CheckRequest): Promise<string> {
  const cwd = resolve(host.projectDir, spec.workdir ?? ".");
  if ((await stat(cwd).catch(() => undefined))?.isDirectory()) return cwd;
  throw new StepFailure("agent/no-workdir", `the working folder ${spec.workdir ?? cwd} does not exist`);
}

/** A prompt has no such limit: it travels on stdin. */
function tooLarge(what: string): StepFailure {
  return new StepFailure("agent/settings-too-large", `the agent's program cannot be given its settings: ${what}`);
}

function noProgram({ settings: { command, install } }: CodingProgram, { spec }: CheckRequest): StepFailure {
  const what =
    spec.command === undefined ? `there is no ${command} on the worker's PATH` : `there is no ${spec.command}`;
  return new StepFailure("agent/no-program", `${what}: install it (${install}), or set \`command:\` of the agent`);
}

function toAnswer(request: ProviderRequest, heard: Heard, tally: Tally): ProviderAnswer {
  const { text, value, session } = heard;
  const raw = session === undefined ? null : sessionAfter(heard, session);
  return {
    text,
    ...(value === undefined ? {} : { value }),
    calls: [],
    raw: raw as unknown as JsonValue,
    rawForm: request.spec.kind,
    ...toSpent(request, heard, tally),
    repliesUsed: request.place.repliesUsed,
  };
}

function sessionAfter({ used, usd, uncounted }: Heard, id: string): Session {
  return { id, used, usd, ...(uncounted === undefined ? {} : { uncounted }) };
}

function toSpent({ spec }: ProviderRequest, heard: Heard, tally: Tally): Spent {
  const { used, usd } = usedByCall(heard, tally);
  return { usage: used, usd, model: heard.model ?? spec.model ?? "unknown" };
}
