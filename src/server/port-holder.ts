import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Who listens on a TCP port, as `name (pid N)`; undefined where the system does not tell (only Linux does). */
export function findPortHolder(port: number): string | undefined {
  const inode = findInode(port);
  if (inode === undefined) return undefined;
  for (const pid of numericNames("/proc")) {
    for (const fd of numericNames(`/proc/${pid}/fd`)) {
      if (readLink(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`)
        return `${readText(`/proc/${pid}/comm`).trim()} (pid ${pid})`;
    }
  }
  return undefined;
}

/** The inode of the listening socket (state 0A) on the port. */
function findInode(port: number): string | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readText(table).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === "0A") return fields[9];
    }
  }
  return undefined;
}

function numericNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
