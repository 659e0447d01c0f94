// Tools over HTTP: how one operation is described and called. `write-request.ts` makes the bytes, `exchange.ts` sends
// them to checked addresses only, `read-answer.ts` says what came back. Start here.
import { argumentSchema, type HttpOperation, type HttpOperations, type HttpSettings } from "../../plan/http-tool.ts";
import { isJsonObject, type JsonObject } from "../../plan/json.ts";
import { StepFailure } from "../../plan/step-failure.ts";
import { checkAgainstSchema } from "../../schema/check-schema.ts";
import { joinTexts } from "../join-texts.ts";
import type { ToolAnswer, ToolContext, ToolDefinition, ToolKind } from "../tool-kind.ts";
import type { WireRequest } from "./exchange.ts";
import { followRedirects } from "./follow-redirects.ts";
import { readAnswer } from "./read-answer.ts";
import { useCredentials } from "./use-credentials.ts";
import { BadArgument } from "./write-body.ts";
import { writeRequest } from "./write-request.ts";

const MAX_KEPT = 32;
/** Operations of tools by digest, so that a worker reads each file once. */
const kept = new Map<string, Promise<HttpOperations>>();
const schemas = new WeakMap<HttpOperation, JsonObject>();

/** The tool kind of this name, whose operations the compiler has written into a file. */
export function createHttpKind(kind: string): ToolKind {
  return {
    kind,
    async describe(context) {
      const { operations, definitions } = await readOperations(context);
      return Object.entries(operations).map(([operation, one]): ToolDefinition => ({
        tool: context.name,
        operation,
        description: one.description,
        parameters: schemaOf(one, definitions),
      }));
    },
    call: callOperation,
  };
}

async function callOperation(context: ToolContext, name: string, args: JsonObject): Promise<ToolAnswer> {
  const { operations, definitions, schemes } = await readOperations(context);
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined)
    throw new StepFailure("tool/no-operation", `the tool ${context.name} has no operation ${name}`);
  const wrong = await checkAgainstSchema(schemaOf(operation, definitions), args);
  if (wrong.length > 0) return refuse(wrong.join("; "));

  const settings = context.spec.http as HttpSettings;
  const headers = joinTexts(await context.resolve(settings.headers ?? {}));
  const query = joinTexts(await context.resolve(settings.query ?? {}));
  const resolved = await context.resolve(settings.credentials ?? {});
  const given = isJsonObject(resolved) ? resolved : {};
  const hasOwn = Object.keys(headers).length + Object.keys(query).length > 0;
  const credentials = useCredentials({ name: `${context.name}.${name}`, operation, schemes, given, hasOwn });
  const { idempotencyHeader } = settings;
  const key =
    idempotencyHeader === undefined || context.key === undefined ? {} : { [idempotencyHeader]: keyText(context.key) };
  let request: WireRequest;
  try {
    request = writeRequest(operation, args, { headers: { ...headers, ...key }, query, credentials });
  } catch (error) {
    if (error instanceof BadArgument) return refuse(error.message);
    throw error;
  }
  const answer = await followRedirects(request, { allowed: settings.allowAddresses ?? [], signal: context.signal });
  // The worker masks secrets themselves; a login is sent as another text that holds them.
  const tokens = credentials.headers.map(([, value]) => value.replace(/^\w+ /, "")).filter((token) => token.length > 3);
  return readAnswer(answer, {
    shown: `${operation.method} ${operation.path}`,
    result: operation.result ?? "body",
    mask: (text) => tokens.reduce((masked, token) => masked.replaceAll(token, "***"), context.mask(text)),
  });
}

/** The same object for the same operation, so that it is compiled once. */
function schemaOf(operation: HttpOperation, definitions: HttpOperations["definitions"]): JsonObject {
  const known = schemas.get(operation) ?? argumentSchema(operation, definitions);
  schemas.set(operation, known);
  return known;
}

function refuse(message: string): ToolAnswer {
  return { value: message, isError: true, failure: { code: "tool/invalid-arguments", retryable: false } };
}

async function readOperations({ name, spec, readFile }: ToolContext): Promise<HttpOperations> {
  const sha256 = spec.http?.operations.sha256;
  if (sha256 === undefined) throw new StepFailure("tool/no-file", `the tool ${name} has no operations`);
  const known = kept.get(sha256);
  if (known !== undefined) return known;
  const read = readFile(sha256).then((bytes) => JSON.parse(Buffer.from(bytes).toString("utf8")) as HttpOperations);
  kept.set(sha256, read);
  read.catch(() => kept.delete(sha256));
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value as string);
  return read;
}

/** A header takes no other characters. */
function keyText(key: string): string {
  return /^[\x21-\x7e]+$/.test(key) ? key : encodeURIComponent(key);
}
