// `npm run build`: writes `dist/`, the programs of the package in few files, because reading many costs a command more than
// running them, and the interpreter's bundle for Temporal.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { BUNDLE_FILE, writeWorkflowBundle } from "../src/worker/workflow-bundle.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
/** Small packages that every command needs; all others stay where npm puts them. */
const INSIDE = ["commander", "yaml", "@marcbachmann/cel-js", "fastest-levenshtein"];

/** The bundler's own runtime imports it before anything else. */
const NEVER_LAZY = "node:module";

/**
 * An `import` of a built-in module reads all its exports, and so loads what the lazy ones stand for: of `node:crypto` alone
 * that is a tenth of a command. This reads what is used.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  resolveId: (id) => (id.startsWith("node:") && id !== NEVER_LAZY ? { id: `\0${id}` } : undefined),
  load(id) {
    if (!id.startsWith("\0node:")) return undefined;
    const name = id.slice(1);
    const exported = Object.keys(process.getBuiltinModule(name) ?? {}).filter(
      (key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== "default",
    );
    const lines = exported.map((key) => `export const ${key} = builtin.${key};`);
    return `const builtin = process.getBuiltinModule(${JSON.stringify(name)});\nexport default builtin;\n${lines.join("\n")}\n`;
  },
};

rmSync(dist, { recursive: true, force: true });
const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(
    ["cli/main", "server/keeper-main", "worker/worker-main", "worker/enter-fast", "tools/module-main"].map((name) => [
      name,
      join(root, "src", `${name}.ts`),
    ]),
  ),
  platform: "node",
  plugins: [lazyBuiltins],
  treeshake: { propertyReadSideEffects: false },
  external: (id) =>
    !/^[./\0]/.test(id) && !id.startsWith("node:") && !INSIDE.some((name) => id === name || id.startsWith(`${name}/`)),
});
await bundle.write({
  dir: dist,
  format: "esm",
  minify: { compress: true, mangle: false },
  chunkFileNames: "chunks/[name]-[hash].js",
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      {
        name: "base",
        test: /src\/(cli\/(run-cli|command|command-table|[a-z]+-commands|output|exit-codes)\.ts|diagnostics|plan|system)|\0node:(fs|path|util|events|process|crypto|child_process)$|commander/,
        priority: 2,
      },
      {
        name: "compiler",
        test: /src\/(language|expressions|bundle)|node_modules\/(yaml|@marcbachmann|fastest)/,
        priority: 1,
      },
    ],
  },
});
await bundle.close();
await writeWorkflowBundle(join(dist, BUNDLE_FILE));
