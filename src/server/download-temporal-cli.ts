import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

const INFO = "https://temporal.download/cli/default";
const CONNECT_TIMEOUT_MS = 5000;

/** Downloads the vendor's build into `folder` and gives the program's path. Throws `Error` when it cannot. */
export async function downloadTemporalCli(folder: string, onProgress: (message: string) => void): Promise<string> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const info = await fetch(`${INFO}?arch=${architecture}&platform=${platform}&format=tar.gz&sdk-name=aiworkflow`, {
    signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new Error(`temporal.download cannot be reached (${reasonOf(error)})`);
  });
  if (!info.ok) throw new Error(`temporal.download answered ${info.status}`);
  const { archiveUrl, fileToExtract } = (await info.json()) as { archiveUrl: string; fileToExtract: string };
  onProgress("downloading the Temporal CLI");
  const answer = await fetch(archiveUrl);
  if (!answer.ok || answer.body === null) throw new Error(`the download answered ${answer.status}`);
  const archive = join(folder, "temporal.tar.gz");
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(archive));
  await promisify(execFile)("tar", ["-xzf", archive, "-C", folder]);
  return join(folder, fileToExtract);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
