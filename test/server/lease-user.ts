// A process that holds a lease in the folder of its argument until it is killed.
import { takeLease } from "../../src/server/leases.ts";

const [, , folder = ""] = process.argv;
takeLease(folder);
process.send?.("held");
setInterval(() => undefined, 1000);
