// `npm run docs`: writes docs/cli.md from the table of commands.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderReference } from "../src/cli/render-reference.ts";

writeFileSync(join(import.meta.dirname, "cli.md"), renderReference());
