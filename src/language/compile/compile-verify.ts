import type { Complaint } from "../../diagnostics/create-diagnostic.ts";
import { isJsonObject } from "../../plan/json.ts";
import type { Step, VerifyScript } from "../../plan/step.ts";
import { SHELL_NAMES } from "../step-kinds/script.ts";
import { checkKeys, type Reader } from "../reader.ts";
import { compileTemplate, type ExpressionSite } from "./check-values.ts";
import { compileTruth } from "./compile-cel.ts";
import { placeIn } from "./place-in.ts";

/** `verify:`, an expression over the result, or `{run, shell, with}`. */
export function compileVerify(reader: Reader, site: ExpressionSite): Pick<Step, "verify" | "verifyRun"> {
  if (!isJsonObject(reader.raw("verify"))) {
    const verify = compileTruth(reader, "verify", site);
    return verify === undefined ? {} : { verify };
  }
  const map = reader.map("verify") as Reader;
  checkKeys(map, { known: ["run", "shell", "with"], unknownCode: "step/unknown-key" });
  const shell = map.oneOf("shell", SHELL_NAMES) ?? "bash";
  const body = map.text("run");
  const bad = (complaint: Pick<Complaint, "message" | "expected">) =>
    reader.complain("verify", { code: "step/bad-value", ...complaint });
  if (!map.has("run") || body?.trim() === "")
    bad({ message: "`verify` has no script", expected: "verify: { run: 'test -n \"$output\"' }" });
  if (body?.includes("${{") === true)
    reader.complain("verify", { code: "expression/in-script", message: "`${{` stands inside a script body" });
  const given = map.map("with")?.object ?? {};
  if (Object.hasOwn(given, "output"))
    bad({ message: "`output` is the result of the step; call the value something else" });
  const values = compileTemplate(given, { ...site, secretsAllowed: true }, placeIn(reader, "verify", "with"));
  return { verifyRun: { shell, body: body ?? "", with: isJsonObject(values) ? values : {} } satisfies VerifyScript };
}
