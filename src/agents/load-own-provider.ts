import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import type { FileRef } from "../plan/artifact.ts";
import { StepFailure } from "../plan/step-failure.ts";
import { unpackFile } from "../processes/unpack-file.ts";
import { apiFailure } from "./api-failure.ts";
import type { Provider, ProviderRequest } from "./provider.ts";
import { readOwnAnswer } from "./read-own-answer.ts";

/**
 * A provider from a file of the project, as it was when the run began. It exports `provider`, whose `call` may leave out
 * whatever an answer does not have. Throws `StepFailure` `agent/bad-provider`.
 */
export async function loadOwnProvider(
  file: FileRef,
  { readFile, host }: Pick<ProviderRequest, "readFile"> & { readonly host: { readonly stateDir: string } },
): Promise<Provider> {
  const { sha256 } = file;
  // Its name says that it is a module, whatever the project's packages are.
  const name = basename(file.path).replace(/\.([jt])s$/, ".m$1s");
  const path = await unpackFile(await readFile(sha256), { sha256, name, mode: 0o600, stateDir: host.stateDir });
  let loaded: { readonly provider?: Partial<Provider> };
  try {
    // Named by its digest: another version is another module.
    loaded = (await import(pathToFileURL(path).href)) as typeof loaded;
  } catch (error) {
    throw bad(file.path, `it cannot be loaded: ${messageOf(error)}`);
  }
  const { provider } = loaded;
  if (typeof provider?.call !== "function") throw bad(file.path, "it must export `provider` with a function `call`");
  const call = provider.call.bind(provider);
  const check = typeof provider.check === "function" ? provider.check.bind(provider) : undefined;
  return {
    kind: file.path,
    async call(request) {
      const answer: unknown = await call(request).catch((error: unknown) => {
        throw request.signal.aborted ? request.signal.reason : explain(file.path, error);
      });
      return readOwnAnswer(answer, file.path, request);
    },
    ...(check === undefined
      ? {}
      : {
          check: (request) =>
            check(request).catch((error: unknown) => {
              throw explain(file.path, error);
            }),
        }),
  };
}

/** An error with a `status` is one of an API; one with a `code` of agents says itself what it is; else another attempt may help. */
function explain(path: string, error: unknown): unknown {
  if (error instanceof StepFailure) return error;
  const { status, code, retryable, retryAfterMs } = error as {
    readonly status?: unknown;
    readonly code?: unknown;
    readonly retryable?: unknown;
    readonly retryAfterMs?: unknown;
  };
  const message = `${path}: ${messageOf(error)}`;
  const wait = typeof retryAfterMs === "number" ? { retryAfterMs } : {};
  if (typeof status === "number") return apiFailure({ status, message, ...wait });
  if (typeof code === "string" && /^agent\/[a-z-]+$/.test(code))
    return new StepFailure(code, message, { retryable: retryable === true, ...wait });
  return new StepFailure("agent/provider-failed", message, { retryable: retryable !== false, ...wait });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function bad(path: string, why: string): StepFailure {
  return new StepFailure("agent/bad-provider", `the provider ${path} cannot be used: ${why}`);
}
