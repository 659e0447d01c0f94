// Documents of public services, as their owners wrote them.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Files by the name that tests call the service. */
export const publicDocuments: { readonly [name: string]: string } = {
  swagger: require.resolve("@readme/oas-examples/3.0/json/petstore.json"),
  stapi: require.resolve("@readme/oas-examples/3.0/json/star-trek.json"),
  uspto: require.resolve("@readme/oas-examples/3.0/json/uspto.json"),
  trains: require.resolve("@readme/oas-examples/3.1/json/train-travel.json"),
};
