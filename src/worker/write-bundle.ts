// Build step: writes the interpreter's bundle into the folder of the built code given as the only argument.
import { join } from "node:path";
import { BUNDLE_FILE, writeWorkflowBundle } from "./workflow-bundle.ts";

const [folder = "dist"] = process.argv.slice(2);
await writeWorkflowBundle(join(process.cwd(), folder, BUNDLE_FILE));
