import { readCircuit, writeCircuit } from "../../ledger/circuits.ts";
import { NEW_CIRCUIT } from "../../plan/circuit.ts";
import { endpointOf } from "../../routing/endpoint.ts";
import type { CommandRunner } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { findAgent } from "../find-agent.ts";
import { openProjectLedger } from "../open-project-ledger.ts";

/** `agent reset NAME`: closes the breaker of the agent's model, for all workers. */
export const run: CommandRunner = async ({ args, out }) => {
  const [name = ""] = args;
  const { spec, project } = findAgent(name);
  const ledger = await openProjectLedger(project);
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
