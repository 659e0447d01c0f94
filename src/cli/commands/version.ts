import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { VERSION } from "../version.ts";

/** `version`. */
export const run: CommandRunner = async ({ out }) => {
  out.data({ name: "aiworkflow", release: VERSION, node: process.versions.node });
  out.text(VERSION);
  return EXIT.ok;
};
