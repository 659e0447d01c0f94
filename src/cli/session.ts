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
   * in what they are told, and no step of them begins, because the command ends before the step does; `never`.
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
  const found = await findServer({ flags, env: process.env, config: project.server, stateDir });
  const closers: (() => Promise<void> | void)[] = [];
  try {
    let target = found;
    let ownServer = false;
    if (found === undefined || found.source === "embedded") {
      const { useEmbeddedServer } = await import("../server/embedded-server.ts");
      const server = await useEmbeddedServer({ stateDir, onProgress: out.note });
      closers.push(() => server.release());
      target = { address: server.address, namespace: server.namespace, uiUrl: server.uiUrl, source: "embedded" };
      ownServer = server.started;
      if (server.started) out.note(`Started a local Temporal server. Web UI: ${server.uiUrl}`);
    }
    const server = target as NonNullable<typeof found>;
    const storeDir = storeDirOf(project);
    const taskQueue = project.server.taskQueue;
    let worker: SessionWorker | undefined;
    if (options.worker !== "never") {
      const { openSessionWorker } = await import("./session-worker.ts");
      const { address, namespace, tls, apiKey } = server;
      worker = await openSessionWorker({
        config: {
          address,
          namespace,
          projectDir: project.dir,
          stateDir,
          storeDir,
          ...(taskQueue === undefined ? {} : { taskQueue }),
          ...(tls === undefined ? {} : { tls }),
          ...(apiKey === undefined ? {} : { apiKey }),
          ...(options.fast ? { fast: true } : {}),
          ...(options.worker === "to-answer" ? { beginsNoSteps: true } : {}),
        },
        out,
        mayTrustOthers: options.worker !== "always",
        staying: options.staying ?? false,
      });
      closers.push(worker.close);
    }
    const connected = await connectClient(server);
    closers.push(() => connected.close());
    if (server.source !== "embedded") await prepare(connected);
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

async function prepare(connected: Connected): Promise<void> {
  const { client, target } = connected;
  const [{ ensureSearchAttributes }, { withDeadline }] = await Promise.all([
    import("../server/search-attributes.ts"),
    import("../client/connect-client.ts"),
  ]);
  await withDeadline(connected, () => ensureSearchAttributes(client.connection as never, target.namespace));
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.toReversed()) await close();
}
