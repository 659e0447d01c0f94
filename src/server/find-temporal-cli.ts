import { spawn } from "node:child_process";
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { downloadTemporalCli } from "./download-temporal-cli.ts";
import { withFileLock } from "./file-lock.ts";
import { serverError } from "./server-error.ts";

/** The Temporal CLI and where it came from. */
export interface TemporalCli {
  readonly path: string;
  readonly source: "environment" | "path" | "cache" | "download" | "build";
  readonly version: string;
}

/** Where to look. */
export interface FindOptions {
  readonly env: { readonly [name: string]: string | undefined };
  /** @default `$XDG_CACHE_HOME/aiworkflow` or `~/.cache/aiworkflow` */
  readonly cacheDir?: string;
  readonly onProgress?: (message: string) => void;
}

/** The last release whose module can be installed with `go install`. */
const MODULE = "github.com/temporalio/cli/cmd/temporal@v1.5.1";
const VERSION_TIMEOUT_MS = 20_000;

/**
 * Finds the Temporal CLI: `AIWORKFLOW_TEMPORAL_CLI`, PATH, our cache, the vendor's download, a build with Go. Only a
 * binary that starts counts. Throws `DiagnosticError` `server/no-cli`.
 */
export async function findTemporalCli(options: FindOptions): Promise<TemporalCli> {
  const { env, onProgress = () => undefined } = options;
  const explicit = env["AIWORKFLOW_TEMPORAL_CLI"];
  if (explicit !== undefined && explicit !== "") {
    const version = await readVersion(explicit);
    if (version !== undefined) return { path: explicit, source: "environment", version };
    throw serverError(
      "server/no-cli",
      `AIWORKFLOW_TEMPORAL_CLI names ${explicit}, which does not start`,
      "give the path of the `temporal` program, or unset the variable",
    );
  }
  const onPath = await findOnPath(env["PATH"] ?? "");
  if (onPath !== undefined) return { ...onPath, source: "path" };

  const bin = join(options.cacheDir ?? cacheFolder(env), "bin");
  const cached = join(bin, process.platform === "win32" ? "temporal.exe" : "temporal");
  const known = await readVersion(cached);
  if (known !== undefined) return { path: cached, source: "cache", version: known };

  await mkdir(bin, { recursive: true }).catch((error: Error) => {
    throw serverError(
      "server/no-cli",
      `there is no Temporal CLI on this machine, and no place for one: ${error.message}`,
      "install it (https://docs.temporal.io/cli), or set XDG_CACHE_HOME to a folder that can be written to",
    );
  });
  return withFileLock(
    join(dirname(bin), "temporal.lock"),
    { onWait: () => onProgress("another process fetches the Temporal CLI; waiting") },
    async () => {
      const meanwhile = await readVersion(cached);
      if (meanwhile !== undefined) return { path: cached, source: "cache", version: meanwhile };
      return fetchCli({ cached, bin, env, onProgress });
    },
  );
}

interface FetchRequest {
  readonly cached: string;
  readonly bin: string;
  readonly env: FindOptions["env"];
  readonly onProgress: (message: string) => void;
}

async function fetchCli({ cached, bin, env, onProgress }: FetchRequest): Promise<TemporalCli> {
  const work = await mkdtemp(join(bin, "fetch-"));
  const reasons: string[] = [];
  try {
    for (const source of ["download", "build"] as const) {
      try {
        const path =
          source === "download" ? await downloadTemporalCli(work, onProgress) : await build(work, env, onProgress);
        await chmod(path, 0o755);
        const version = await readVersion(path);
        if (version === undefined) throw new Error("the program does not start on this machine");
        await rename(path, cached);
        onProgress(`Temporal CLI ${version} is ready`);
        return { path: cached, source, version };
      } catch (error) {
        reasons.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  throw serverError(
    "server/no-cli",
    `there is no Temporal CLI on this machine, and none could be fetched (${reasons.join("; ")})`,
    "install it (https://docs.temporal.io/cli), or install Go 1.24 or newer, or set TEMPORAL_ADDRESS to a running server",
  );
}

async function build(work: string, env: FindOptions["env"], onProgress: (message: string) => void): Promise<string> {
  const started = Date.now();
  onProgress("building the Temporal CLI with Go (once, two to five minutes)");
  const tick = setInterval(() => onProgress(`still building (${Math.round((Date.now() - started) / 1000)} s)`), 15_000);
  try {
    await run("go", ["install", MODULE], { ...env, GOBIN: work });
  } finally {
    clearInterval(tick);
  }
  return join(work, process.platform === "win32" ? "temporal.exe" : "temporal");
}

/** The version that a program prints of itself; undefined when it does not start. */
async function readVersion(path: string): Promise<string | undefined> {
  const usable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!usable) return undefined;
  const text = await run(path, ["--version"], process.env, VERSION_TIMEOUT_MS).catch(() => undefined);
  return /temporal version (\S+)/.exec(text ?? "")?.[1];
}

async function findOnPath(path: string): Promise<{ readonly path: string; readonly version: string } | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, process.platform === "win32" ? "temporal.exe" : "temporal");
    const version = await readVersion(candidate);
    if (version !== undefined) return { path: candidate, version };
  }
  return undefined;
}

/** Where what all projects of a user share is kept. */
export function cacheFolder(env: FindOptions["env"]): string {
  const base = env["XDG_CACHE_HOME"];
  return join(base === undefined || base === "" ? join(homedir(), ".cache") : base, "aiworkflow");
}

function run(
  command: string,
  args: readonly string[],
  env: { readonly [name: string]: string | undefined },
  timeoutMs?: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += String(chunk)));
    child.stderr.on("data", (chunk) => (err = (err + String(chunk)).slice(-500)));
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`there is no ${command} on PATH`) : error),
    );
    child.once("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} exited with ${code}: ${err.trim()}`)),
    );
  });
}
