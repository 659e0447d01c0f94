import type { Environment } from "@marcbachmann/cel-js";
import { environment } from "./environment.ts";

/** Name of the variable that has this CEL type in `typedEnvironment`. */
export const TYPED_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["string", "__typed_s"],
  ["int", "__typed_i"],
  ["double", "__typed_d"],
  ["bool", "__typed_b"],
  ["list<string>", "__typed_ls"],
  ["list<dyn>", "__typed_l"],
  ["map<string, dyn>", "__typed_m"],
  ["optional<string>", "__typed_os"],
  ["optional<int>", "__typed_oi"],
  ["optional<double>", "__typed_od"],
  ["optional<bool>", "__typed_ob"],
]);

/**
 * The environment of the compiler: declared values have types. Each type has one variable; the compiler puts it in the
 * place of a path, so that no environment has to be made per expression.
 */
export const typedEnvironment = createTypedEnvironment();

function createTypedEnvironment(): Environment {
  const typed = environment.clone();
  for (const type of ["string", "int", "double", "bool", "list<dyn>", "map"]) {
    // Every value may be compared with null: that is how a skipped step is told.
    typed.registerOperator(`${type} == null`, (a: unknown) => a === null);
  }
  typed.registerOperator("double in list<int>", () => false);
  typed.registerOperator("int in list<double>", () => false);
  for (const [type, name] of TYPED_VARIABLES) typed.registerVariable(name, type);
  return typed;
}
