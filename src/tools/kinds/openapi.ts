import { createHttpKind } from "../http/call-operation.ts";

/** An API that an OpenAPI document describes. */
export const openapiKind = createHttpKind("openapi");
