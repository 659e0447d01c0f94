import { createHttpKind } from "../http/call-operation.ts";

/** Addresses that the registry describes itself. */
export const httpKind = createHttpKind("http");
