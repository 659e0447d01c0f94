import { spawn } from "node:child_process";

/** How long a Node process with these arguments takes to its end, in ms. */
export function timeNode(args: readonly string[], cwd: string): Promise<number> {
  return new Promise((done, fail) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => (said += String(chunk)));
    child.once("exit", (code) =>
      code === 0 ? done(performance.now() - startedAt) : fail(new Error(`${args.join(" ")}: ${said}`)),
    );
  });
}
