import { findProjectDir } from "../../bundle/find-project.ts";
import { loadProject } from "../../bundle/load-project.ts";
import { readCircuit, writeCircuit } from "../../ledger/circuits.ts";
import { NEW_CIRCUIT } from "../../plan/circuit.ts";
import { endpointOf } from "../../routing/endpoint.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { findAgent } from "../ask-agent.ts";
import { storeDirOf } from "../store-dir.ts";

/** `agent reset NAME`: closes the breaker of the agent's model, for all workers. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const project = loadProject(findProjectDir(process.cwd()), process.env);
  const spec = findAgent(project, name);
  const ledger = openLedger(storeDirOf(project));
  try {
    const endpoint = endpointOf(spec);
    const before = ledger.atomically(() => {
      const circuit = readCircuit(ledger, endpoint);
      writeCircuit(ledger, endpoint, NEW_CIRCUIT);
      return circuit;
    });
    out.data({ agent: name, endpoint, before: before.state, failures: before.failures, state: NEW_CIRCUIT.state });
    out.text(`${name} (${endpoint}): the breaker was ${before.state.replace("_", " ")}, and is closed now.`);
    return EXIT.ok;
  } finally {
    ledger.close();
  }
};
