import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The calls of the SDK that `enter-fast.ts` changes, as they stand in its files. */
const CALLS = {
  "@temporalio/worker/lib/workflow/reusable-vm.js":
    /callIntoVmScript\.runInContext\(context, \{\s*timeout: isolateExecutionTimeoutMs,\s*displayErrors: true,\s*\}\)/,
  "@temporalio/worker/lib/workflow/vm-shared.js":
    /promiseHooks\.createHook\(\{[\s\S]*this\.promiseHookInstalled = true;\s*\}\s*catch \(_\) \{\s*(?:\/\/[^\n]*\s*)*console\.warn\(/,
} as const;

/** Reads a file of the SDK by its name in the package. */
export type ReadSdkFile = (name: string) => string;

/**
 * Why `--fast` would do nothing or harm with the SDK that is installed; undefined where it fits. It changes calls inside of
 * the SDK, which another version may make in another way.
 */
export function findFastObstacle(read: ReadSdkFile = readInstalled): string | undefined {
  for (const [name, call] of Object.entries(CALLS)) {
    let text: string;
    try {
      text = read(name);
    } catch {
      return `the Temporal SDK that is installed has no ${name}`;
    }
    if (!call.test(text)) return `the Temporal SDK that is installed enters workflows in another way (${name})`;
  }
  return undefined;
}

function readInstalled(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(name), "utf8");
}
