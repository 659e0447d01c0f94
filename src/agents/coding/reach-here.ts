/** Variables that keep a program's calls to this machine away from the proxies that it is told of. */
export function reachHere(env: { readonly [name: string]: string | undefined }): Readonly<Record<string, string>> {
  const besides = env["NO_PROXY"] ?? env["no_proxy"] ?? "";
  const all = [...besides.split(",").filter((host) => host.trim() !== ""), "127.0.0.1"].join(",");
  return { NO_PROXY: all, no_proxy: all };
}
