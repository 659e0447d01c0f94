/** The name under which a module is put on disk: one that says it is an ES module, whatever the project around it says. */
export function moduleFileName(path: string): string {
  const name = path.split("/").at(-1) as string;
  return name.replace(/\.(ts|js)$/, ".m$1");
}
