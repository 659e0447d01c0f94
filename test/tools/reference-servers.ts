import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Programs of servers that the project behind the Model Context Protocol wrote. */
export const everything: string = require.resolve("@modelcontextprotocol/server-everything/dist/index.js");
/** Reads and writes files below the folders that it is given. */
export const filesystem: string = require.resolve("@modelcontextprotocol/server-filesystem/dist/index.js");
