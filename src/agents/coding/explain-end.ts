import { StepFailure } from "../../plan/step-failure.ts";
import type { LinesResult } from "../../processes/read-lines.ts";
import type { CheckRequest, ProviderRequest } from "../provider.ts";
import type { CodingProgram, Heard } from "./coding-program.ts";

const TAIL_CHARACTERS = 600;
/** Failures whose reason the program may have told elsewhere. */
const VAGUE = new Set(["agent/exit", "agent/bad-request"]);

/** What a program that has ended has said. */
export interface End {
  readonly result: LinesResult;
  readonly heard: Heard;
  /** The first line that was no JSON object. */
  readonly badLine: string | undefined;
}

/** Why a program that ended has no answer; undefined where it has one. */
export function explainEnd(program: CodingProgram, end: End, request: ProviderRequest): StepFailure | undefined {
  const { result, heard, badLine } = end;
  const { exitCode, killedBy, flooded, stderr } = result;
  const { command } = program.settings;
  if (flooded) return new StepFailure("agent/flood", `${command} printed more than it may, and was ended`);
  if (heard.done && heard.failure === undefined) return undefined;
  const said = [heard.failure?.message, stderr, badLine].filter((part) => part !== undefined && part !== "").join("\n");
  if (program.notLoggedIn.test(said)) return noKey(program, request);
  const isVague = heard.failure === undefined || VAGUE.has(heard.failure.code);
  const [noSuchModel] = (isVague && program.modelUnknown.exec(said)) || [];
  if (noSuchModel !== undefined) return noModel(program, request, noSuchModel);
  if (heard.failure !== undefined && program.seeLog?.test(heard.failure.message) !== true) return heard.failure;
  const tail = said === "" ? "" : `: ${request.host.mask(said).slice(-TAIL_CHARACTERS)}`;
  if (killedBy !== null || (exitCode !== null && exitCode > 128)) {
    const signal = killedBy ?? `signal ${(exitCode as number) - 128}`;
    return new StepFailure("agent/killed", `${command} was killed by ${signal} before it answered${tail}`, {
      retryable: true,
    });
  }
  if (exitCode === 0 && badLine !== undefined) {
    return new StepFailure("agent/bad-output", `${command} prints something else than its protocol${tail}`);
  }
  const how = exitCode === 0 ? "ended without an answer" : `exited with ${exitCode}`;
  return new StepFailure("agent/exit", `${command} ${how}${tail}`, { retryable: true });
}

/** Programs know models by themselves, or are told by their API. */
function noModel({ settings, logIn }: CodingProgram, { spec, host }: ProviderRequest, said: string): StepFailure {
  const model = spec.model ?? "that it takes by itself";
  const why = host.mask(said).slice(0, TAIL_CHARACTERS);
  const isOwn = spec.apiKeyEnv !== undefined || spec.baseUrl !== undefined;
  const login = isOwn ? "" : `; where it has no key and no login for that model, ${logIn}`;
  return new StepFailure("agent/model-not-found", `${settings.command} cannot use the model ${model}: ${why}${login}`);
}

/** True where the program does not have the session that it was to go on with. */
export function hasLostSession(program: CodingProgram, { result, heard }: End): boolean {
  if (heard.done && heard.failure === undefined) return false;
  return program.sessionLost.test(`${heard.failure?.message ?? ""}\n${result.stderr}`);
}

/** Neither key nor login. */
export function noKey({ settings, logIn, keyVariables }: CodingProgram, { spec }: CheckRequest): StepFailure {
  const variable = spec.apiKeyEnv ?? keyVariables[0];
  return new StepFailure(
    "agent/no-key",
    `${settings.command} is not logged in, and the worker's environment has no ${variable}: ${logIn}, or set ${variable}`,
  );
}
