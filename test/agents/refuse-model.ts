import type { ServerResponse } from "node:http";

/** Refuses the model `no-such-model` as the API at this path does. */
export function refuseModel(response: ServerResponse, path: string): void {
  const message = "The requested model 'no-such-model' does not exist.";
  const error = path.endsWith("/messages")
    ? { type: "not_found_error", message: "model: no-such-model" }
    : { type: "invalid_request_error", code: "model_not_found", param: "model", message };
  response.writeHead(path.endsWith("/responses") ? 400 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify({ type: "error", error }));
}
