import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const sourceRoot = dirname(here);
/** The rooms that end up in the workflow sandbox. */
const SANDBOX_ROOMS = ["plan", "expressions", "workflows"];

const BUNDLED_PACKAGES = ["@temporalio/workflow", "@temporalio/common", "@temporalio/worker", "@marcbachmann/cel-js"];

/** File name of the bundle beside the built code. */
export const BUNDLE_FILE = "workflow-bundle.js";

/**
 * The path of the interpreter's bundle: the one built with the package, else one built now and cached by the hash of
 * its sources.
 */
export async function findWorkflowBundle(): Promise<string> {
  const prebuilt = join(sourceRoot, BUNDLE_FILE);
  if (existsSync(prebuilt)) return prebuilt;
  const cache = join(sourceRoot, "..", "node_modules", ".cache", "aiworkflow");
  const path = join(cache, `workflow-bundle-${await hashSources()}.js`);
  if (!existsSync(path)) await writeWorkflowBundle(path);
  return path;
}

/** Bundles the interpreter into `path`; never leaves half a file there. */
export async function writeWorkflowBundle(path: string): Promise<void> {
  const { bundleWorkflowCode, DefaultLogger } = await import("@temporalio/worker");
  const find = (path: string) => [".ts", ".js"].map((end) => join(sourceRoot, path + end)).find(existsSync) as string;
  const { code } = await bundleWorkflowCode({
    workflowsPath: find("workflows/interpreter"),
    // Building the CEL environment costs more than a short run does; it has no state but a cache of parsed expressions.
    preloadModules: [find("expressions/compile-program")],
    logger: new DefaultLogger("WARN"),
    webpackConfigHook: (config) => ({ ...config, mode: "production", devtool: "inline-nosources-source-map" }),
  });
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, code);
  await rename(temporary, path);
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256").update(await readFile(fileURLToPath(import.meta.url)));
  for (const name of BUNDLED_PACKAGES) {
    hash.update(await readFile(join(sourceRoot, "..", "node_modules", name, "package.json")));
  }
  for (const room of SANDBOX_ROOMS) {
    const entries = await readdir(join(sourceRoot, room), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(file.slice(sourceRoot.length)).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}
