// The command line at a real terminal (a pty), its screen kept by a terminal emulator: what a person sees, and keys that they press.
import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { environment, main } from "./command-line.ts";

/** A command under way at a terminal. */
export interface Terminal {
  /** All lines from the first on, those that have scrolled away too. */
  screen(): string;
  /** Waits until the screen holds this; fails with the screen after `waitMs`. @default 30 s */
  sees(wanted: string | RegExp, waitMs?: number): Promise<void>;
  /** Presses these keys. */
  type(keys: string): void;
  readonly pid: number;
  /** Goes away, as a window that is closed. */
  hangUp(): void;
  /** The exit code; 128 more than its number for a signal, as a shell has it. */
  readonly ended: Promise<number>;
}

/** Keys by name. */
export const KEYS = {
  enter: "\r",
  down: "\u001B[B",
  backspace: "\u007F",
  ctrlC: "\u0003",
  ctrlD: "\u0004",
  escape: "\u001B",
} as const;

/** In characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

const USUAL: TerminalSize = { cols: 100, rows: 40 };
const LOOK_EVERY_MS = 50;

/** Begins a command. */
export function openTerminal(cwd: string, args: readonly string[], size = USUAL): Terminal {
  const { NO_COLOR: _, CI: __, ...env } = environment();
  const terminal = new headless.Terminal({ ...size, scrollback: 1000, allowProposedApi: true });
  const pty = spawn(process.execPath, [main, ...args], { ...size, cwd, env: { ...env, TERM: "xterm-256color" } });
  pty.onData((data) => terminal.write(data));
  const ended = new Promise<number>((done) => {
    // What was written last is on the screen once this has been drawn.
    pty.onExit(({ exitCode, signal }) => terminal.write("", () => done(signal ? 128 + signal : exitCode)));
  });
  const screen = () => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    return lines.join("\n").trimEnd();
  };
  return {
    screen,
    ended,
    async sees(wanted, waitMs = 30_000) {
      const giveUpAt = Date.now() + waitMs;
      const isThere = () => (typeof wanted === "string" ? screen().includes(wanted) : wanted.test(screen()));
      while (!isThere()) {
        if (Date.now() > giveUpAt) throw new Error(`${wanted} did not come. The screen:\n${screen()}`);
        await sleep(LOOK_EVERY_MS);
      }
    },
    type: (keys) => pty.write(keys),
    pid: pty.pid,
    hangUp: () => (pty as unknown as { destroy: () => void }).destroy(),
  };
}
