import type { CommandRunner } from "../command.ts";
import { runChecks } from "../doctor/checks.ts";
import { EXIT } from "../exit-codes.ts";

const MARKS = { ok: "✔", info: "·", warning: "!", error: "✘" } as const;

/** `doctor`: checks by trying, and says how to mend. */
export const run: CommandRunner = async ({ options, out }) => {
  const checks = await runChecks(options, out);
  const healthy = checks.every(({ state }) => state !== "error");
  out.data({ healthy, checks, issues: checks.filter(({ state }) => state === "error" || state === "warning") });
  out.text(
    checks
      .map(
        ({ name, state, message, mend }) =>
          `${MARKS[state]} ${name}: ${message}${mend === undefined ? "" : `\n    ${mend}`}`,
      )
      .join("\n"),
  );
  return healthy ? EXIT.ok : EXIT.runFailed;
};
