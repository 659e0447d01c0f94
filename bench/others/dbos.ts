import { loadOther, NotInstalled, type Other } from "./other.ts";

interface Dbos {
  setConfig(config: { readonly name: string; readonly systemDatabaseUrl: string; readonly logLevel: string }): void;
  registerWorkflow(
    work: (steps: number) => Promise<void>,
    options: { readonly name: string },
  ): (steps: number) => Promise<void>;
  runStep(step: () => Promise<null>, options: { readonly name: string }): Promise<null>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
}

/** DBOS Transact in this process, on the PostgreSQL that `DBOS_SYSTEM_DATABASE_URL` names. */
export async function startDbos(): Promise<Other> {
  const { DBOS } = loadOther("@dbos-inc/dbos-sdk") as { readonly DBOS: Dbos };
  const systemDatabaseUrl = process.env["DBOS_SYSTEM_DATABASE_URL"];
  if (systemDatabaseUrl === undefined) throw new NotInstalled("no `DBOS_SYSTEM_DATABASE_URL`");
  DBOS.setConfig({ name: "bench", systemDatabaseUrl, logLevel: "error" });
  const sequence = DBOS.registerWorkflow(
    async (steps) => {
      for (let index = 0; index < steps; index += 1)
        await DBOS.runStep(() => Promise.resolve(null), { name: `step_${index}` });
    },
    { name: "sequence" },
  );
  await DBOS.launch();
  return {
    async runSequence(steps) {
      const startedAt = performance.now();
      await sequence(steps);
      return performance.now() - startedAt;
    },
    close: () => DBOS.shutdown(),
  };
}
