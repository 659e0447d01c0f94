import { isJsonObject, type JsonObject } from "../plan/json.ts";
import { INHERITED } from "../processes/child-environment.ts";
import type { ToolContext } from "./tool-kind.ts";

/** What loaders, shells, interpreters and network programs obey: with them whoever names a variable says what runs. */
const OBEYED =
  /^(LD_|DYLD_|BASH|NODE_|PYTHON|PERL|RUBY|JAVA_|JDK_|_JAVA|npm_config_|NPM_CONFIG_|GIT_(SSH|CONFIG|EXEC|EXTERNAL|PAGER|EDITOR|ASKPASS|PROXY|DIR|TEMPLATE)|SSL_CERT_|CURL_|OPENSSL_|GCONV_|GLIBC_|MALLOC_|AIWORKFLOW_)|^(ENV|IFS|PS4|SHELLOPTS|PROMPT_COMMAND|CDPATH|SSLKEYLOGFILE)$|_(proxy|PROXY)$/;

/**
 * The arguments that a script has as variables, too. A model may write any name, so of its arguments only those are that the tool
 * declares; none ever is one of the tool's own `env`, inherited, or obeyed by programs. All others the script is told otherwise.
 */
export function argumentVariables(context: ToolContext, operation: string, args: JsonObject): JsonObject {
  const { spec, given, forAgent = false } = context;
  const parameters = spec.operations[operation]?.parameters;
  const declared = isJsonObject(parameters?.["properties"]) ? parameters["properties"] : {};
  const isOpen = !forAgent && parameters === undefined;
  const entries = Object.entries(args).filter(([name]) => {
    if (!isOpen && !Object.hasOwn(declared, name)) return false;
    return !Object.hasOwn(given, name) && !INHERITED.includes(name) && !OBEYED.test(name);
  });
  return Object.fromEntries(entries);
}
