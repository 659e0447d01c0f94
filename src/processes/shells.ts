/** How to run a script body: program and arguments before the body's file. */
export interface Shell {
  readonly command: string;
  readonly args: readonly string[];
  readonly extension: string;
}

/** First words of a `… run` fence and values of `shell:`. */
export const SHELLS: { readonly [name: string]: Shell } = {
  bash: { command: "bash", args: ["--noprofile", "--norc", "-eo", "pipefail"], extension: "sh" },
  sh: { command: "sh", args: ["-e"], extension: "sh" },
  python: { command: "python3", args: [], extension: "py" },
  js: { command: process.execPath, args: [], extension: "mjs" },
  ts: { command: process.execPath, args: [], extension: "mts" },
};
