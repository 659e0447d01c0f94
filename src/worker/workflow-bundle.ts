import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSource, packageRoot } from "../system/package-root.ts";

const sourceRoot = join(packageRoot, "src");
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
  if (!isSource) return join(packageRoot, "dist", BUNDLE_FILE);
  const cache = join(packageRoot, "node_modules", ".cache", "aiworkflow");
  const path = join(cache, `workflow-bundle-${await hashSources()}.js`);
  if (!existsSync(path)) await writeWorkflowBundle(path);
  return path;
}

/** Bundles the interpreter into `path`; never leaves half a file there. `root`: folder of the rooms. @default this source */
export async function writeWorkflowBundle(path: string, root = sourceRoot): Promise<void> {
  const { bundleWorkflowCode, DefaultLogger } = await import("@temporalio/worker");
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, "workflows", "interpreter.ts"),
    preloadModules: [join(root, "workflows", "preload.ts")],
    logger: new DefaultLogger("WARN"),
    webpackConfigHook: (config) => ({
      ...config,
      mode: "production",
      devtool: "inline-nosources-source-map",
      module: { ...config.module, rules: config.module?.rules?.map(keepModern) ?? [] },
    }),
  });
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, code);
  await rename(temporary, path);
}

/** The SDK compiles TypeScript down to ES2017, where every object spread is a call; Node runs it as it is written. */
function keepModern(rule: unknown): never {
  const { use } = rule as { readonly use?: { readonly options?: { readonly jsc?: object } } };
  if (use?.options?.jsc === undefined) return rule as never;
  const options = { ...use.options, jsc: { ...use.options.jsc, target: "es2023" } };
  return { ...(rule as object), use: { ...use, options } } as never;
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256").update(await readFile(join(sourceRoot, "worker", "workflow-bundle.ts")));
  for (const name of BUNDLED_PACKAGES) {
    hash.update(await readFile(join(packageRoot, "node_modules", name, "package.json")));
  }
  for (const room of SANDBOX_ROOMS) {
    const entries = await readdir(join(sourceRoot, room), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(file.slice(sourceRoot.length)).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}
