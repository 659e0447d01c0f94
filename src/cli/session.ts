import { findProjectDir } from "../bundle/find-project.ts";
import { loadProject, type Project } from "../bundle/load-project.ts";
import type { Connected } from "../client/connect-client.ts";
import type { GlobalOptions, Output } from "./output.ts";
import type { SessionWorker } from "./session-worker.ts";
import { storeDirOf } from "./store-dir.ts";

/** A server, a connection to it, and where wanted a worker; all closed together. */
export interface Session {
  readonly connected: Connected;
  readonly project: Project;
  readonly uiUrl: string | undefined;
  /** Undefined where the command needs nobody to work. */
  readonly worker: SessionWorker | undefined;
  readonly taskQueue: string | undefined;
  /** Folder of the artifact store. */
  readonly storeDir: string;
  /** True where no other process keeps the server. */
  readonly ownServer: boolean;
  /** The run's page in the Web UI, where the server's UI is known. */
  linkTo(run: string): string | undefined;
  close(): Promise<void>;
}

/** What a command needs. */
export interface SessionOptions {
  readonly global: GlobalOptions;
  readonly out: Output;
  /** @default the project around the working folder */
  readonly project?: Project;
  /**
   * `always`: work in this process; `if-none`: only where nobody else does; `to-answer`: so, too, but runs only answer and take
   * in what they are told, and no step of any begins before `beginSteps`, because the command may end before the step does; `never`.
   */
  readonly worker: "always" | "if-none" | "to-answer" | "never";
  /** Others may trust this worker to stay. @default false */
  readonly staying?: boolean;
  /** The worker enters workflows without the SDK's guard. @default false */
  readonly fast?: boolean;
}

/** Finds the server that counts, or starts the project's own; starts a worker where the command needs one. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { global, out } = options;
  const project = options.project ?? loadProject(findProjectDir(process.cwd()), process.env);
  const { stateDir } = project;
  const [{ findServer }, { connectClient }] = await Promise.all([
    import("../server/find-server.ts"),
    import("../client/connect-client.ts"),
  ]);
  const flags = {
    ...(global.address === undefined ? {} : { address: global.address }),
    ...(global.namespace === undefined ? {} : { namespace: global.namespace }),
  };
  const { server: found, namespace } = await findServer({ flags, env: process.env, config: project.server, stateDir });
  const closers: (() => Promise<void> | void)[] = [];
  try {
    let target = found;
    let ownServer = false;
    let cli: string | undefined;
    if (found === undefined || found.source === "embedded") {
      const { useEmbeddedServer } = await import("../server/embedded-server.ts");
      const server = await useEmbeddedServer({ stateDir, onProgress: out.note });
      closers.push(() => server.release());
      const { address, uiUrl } = server;
      target = { address, namespace: namespace ?? server.namespace, uiUrl, source: "embedded", access: {} };
      cli = server.cli;
      ownServer = server.started;
      if (server.started) out.note(`Started a local Temporal server. Web UI: ${server.uiUrl}`);
    }
    const server = target as NonNullable<typeof found>;
    // The project's own server lets everybody in, and has its namespace from the start.
    const isSure = server.source === "embedded" && namespace === undefined;
    const early = isSure ? undefined : await connectClient(server);
    if (early !== undefined) {
      closers.push(() => early.close());
      await prepare(early, cli);
    }
    const storeDir = storeDirOf(project);
    const taskQueue = project.server.taskQueue;
    let worker: SessionWorker | undefined;
    if (options.worker !== "never") {
      const [{ openSessionWorker }, { listWorkersElsewhere }] = await Promise.all([
        import("./session-worker.ts"),
        import("../client/read-pollers.ts"),
      ]);
      worker = await openSessionWorker({
        config: {
          address: server.address,
          namespace: server.namespace,
          access: server.access,
          projectDir: project.dir,
          stateDir,
          storeDir,
          ...(taskQueue === undefined ? {} : { taskQueue }),
          ...(options.fast ? { fast: true } : {}),
        },
        out,
        mayTrustOthers: options.worker !== "always",
        staying: options.staying ?? false,
        onlyAnswers: options.worker === "to-answer",
        // Only this machine comes in to the project's own server.
        ...(early === undefined || server.source === "embedded"
          ? {}
          : { listElsewhere: () => listWorkersElsewhere(early, taskQueue) }),
      });
      closers.push(worker.close);
    }
    const connected = early ?? (await connectClient(server));
    if (early === undefined) closers.push(() => connected.close());
    await worker?.ready;
    return {
      connected,
      project,
      uiUrl: server.uiUrl,
      worker,
      taskQueue,
      storeDir,
      ownServer,
      linkTo: (run) =>
        server.uiUrl && `${server.uiUrl}/namespaces/${server.namespace}/workflows/${encodeURIComponent(run)}`,
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function prepare(connected: Connected, cli: string | undefined): Promise<void> {
  const { client, target } = connected;
  const [{ checkNamespace }, { ensureSearchAttributes }, { withDeadline }] = await Promise.all([
    import("../server/check-namespace.ts"),
    import("../server/search-attributes.ts"),
    import("../client/connect-client.ts"),
  ]);
  const { address, namespace } = target;
  const connection = client.connection as never;
  await withDeadline(connected, async () => {
    await checkNamespace(connection, { address, namespace, ...(cli === undefined ? {} : { cli }) });
    await ensureSearchAttributes(connection, namespace);
  });
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}
