// A Temporal server that wants a client certificate: TLS of our own authority stands before a real one.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "../../src/server/free-port.ts";
import { startSupervisedWorker } from "../../src/worker/supervisor.ts";
import { type Finished, runCommandWith } from "../command-line.ts";
import { createAuthority } from "./certificates.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

const NAME = "temporal.test";

let folder: string;
let server: ChildProcess;
let plain: string;
let front: TlsFront;
let address: string;
/** PEM files by name. */
const pem: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-mtls-"));
  writeFileSync(join(folder, "one.md"), "## One\n```bash run\necho done\n```\n");
  const port = await findFreePort(0);
  plain = `127.0.0.1:${port}`;
  const flags = ["server", "start-dev", "--headless", "--port", String(port), "--log-level", "error"];
  server = spawn(process.env["AIWORKFLOW_TEMPORAL_CLI"] as string, flags, { stdio: "ignore" });
  const [servers, clients, stranger] = [
    createAuthority("Servers"),
    createAuthority("Clients"),
    createAuthority("Else"),
  ];
  front = await startTlsFront(servers.issue(NAME), `http://${plain}`, { clients: clients.cert, protocols: ["h2"] });
  address = `127.0.0.1:${front.port}`;
  const [good, bad] = [clients.issue("somebody"), stranger.issue("somebody")];
  Object.assign(pem, { authority: servers.cert, cert: good.cert, key: good.key, badCert: bad.cert, badKey: bad.key });
  for (const [name, text] of Object.entries(pem)) writeFileSync(join(folder, `${name}.pem`), text);
  for (let tries = 0; (await run({}, "list", "--address", plain)).code !== 0; tries += 1)
    if (tries === 60) throw new Error("the Temporal server did not start");
});
afterAll(async () => {
  await front.close();
  server.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 });
});

const run = (env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished> =>
  runCommandWith({ cwd: folder, env }, ...args);

const file = (name: string): string => join(folder, `${name}.pem`);

const authority = () => ({
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: file("authority"),
  TEMPORAL_TLS_SERVER_NAME: NAME,
});
const client = (certificate = "cert", key = "key") => ({
  TEMPORAL_TLS_CLIENT_CERT_PATH: file(certificate),
  TEMPORAL_TLS_CLIENT_KEY_PATH: file(key),
});

/** Writes `temporal.toml` in its default place below the folder, gives the environment in which that counts. */
function writeToml(text: string): Readonly<Record<string, string>> {
  const places = {
    linux: ["config", { XDG_CONFIG_HOME: join(folder, "config") }],
    darwin: ["Library/Application Support", { HOME: folder }],
    win32: ["config", { APPDATA: join(folder, "config") }],
  } as const;
  const [below, env] = places[process.platform as keyof typeof places];
  mkdirSync(join(folder, below, "temporalio"), { recursive: true });
  writeFileSync(join(folder, below, "temporalio", "temporal.toml"), text);
  return { ...env, TEMPORAL_CONFIG_FILE: "" };
}

const toml = (more = "") => `[profile.default]
namespace = "default"
${more}
[profile.default.tls]
server_name = "${NAME}"
server_ca_cert_data = """
${pem["authority"]}"""
client_cert_data = """
${pem["cert"]}"""
client_key_path = "${file("key")}"
`;

describe("a run completes, client and worker alike having come in by TLS,", () => {
  test.each<readonly [how: string, settings: () => Promise<Finished> | Finished]>([
    [
      "with TEMPORAL_* and --address",
      () => run({ ...authority(), ...client() }, "run", "one.md", "--address", address),
    ],
    ["with TEMPORAL_* alone", () => run({ ...authority(), ...client(), TEMPORAL_ADDRESS: address }, "run", "one.md")],
    ["with temporal.toml in its default place", () => run(writeToml(toml(`address = "${address}"`)), "run", "one.md")],
    [
      "with temporal.toml and `server:` of the project",
      () => {
        writeFileSync(join(folder, "aiworkflow.yaml"), `server: { address: "${address}" }\n`);
        return run(writeToml(toml()), "run", "one.md");
      },
    ],
  ])("%s", async (_, act) => {
    const before = front.names.length;
    const { code, stderr, stdout } = await act();
    expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
    expect(front.names.length - before).toBeGreaterThanOrEqual(2);
    expect(new Set(front.names)).toEqual(new Set([NAME]));
    rmSync(join(folder, "aiworkflow.yaml"), { force: true });
  });
});

describe("what does not come in ends with exit 3 and says why:", () => {
  test.each<readonly [how: string, env: () => Readonly<Record<string, string>>, words: RegExp]>([
    ["no client certificate", () => authority(), /wants a client certificate, and none is set up/],
    ["a client certificate of another authority", () => ({ ...authority(), ...client("badCert", "badKey") }), /TLS: /],
    ["no TLS", () => ({}), /it speaks TLS, and no TLS is set up/],
    ["another authority of the server", () => ({ TEMPORAL_TLS: "true", ...client() }), /unable to (get|verify)/],
    [
      "another name of the server",
      () => ({ ...authority(), ...client(), TEMPORAL_TLS_SERVER_NAME: "x.test" }),
      /x\.test/,
    ],
    ["a key that is none", () => ({ ...authority(), ...client("cert", "cert") }), /TLS: /],
  ])("%s", async (_, env, words) => {
    const { code, stderr } = await run(env(), "run", "one.md", "--address", address);
    expect(stderr).toContain("server/unreachable");
    expect(stderr).toMatch(words);
    expect(stderr).toContain("TEMPORAL_TLS");
    expect(stderr).not.toContain("died");
    expect(code).toBe(3);
  });

  test("TLS at a server that does not speak it", async () => {
    const { code, stderr } = await run({ TEMPORAL_TLS: "true" }, "list", "--address", plain);
    expect([code, stderr]).toEqual([3, expect.stringContaining("it does not speak TLS")]);
  });

  test("a namespace that it does not have, which counts also where only the variable names it", async () => {
    for (const [env, args] of [
      [{}, ["--namespace", "nowhere"]],
      [{ TEMPORAL_NAMESPACE: "nowhere" }, []],
    ] as const) {
      const { code, stderr } = await run(env, "run", "one.md", "--address", plain, ...args);
      expect([code, stderr]).toEqual([3, expect.stringContaining("has no namespace nowhere")]);
      expect(stderr).toContain("temporal operator namespace create --namespace nowhere");
    }
  });
});

describe("an API key and headers", () => {
  let strict: Http2Server;
  const heard: { readonly path: string; readonly key: string; readonly header: string }[] = [];
  beforeAll(async () => {
    strict = createServer();
    strict.on("stream", (stream, headers) => {
      const [path, key, header] = [headers[":path"], headers.authorization, headers["x-team"]].map(String);
      heard.push({ path, key, header } as never);
      const status = { "grpc-status": "16", "grpc-message": "the key has expired" };
      stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true });
    });
    await new Promise<void>((done) => strict.listen(0, "127.0.0.1", done));
  });
  afterAll(() => new Promise((done) => strict.close(done)));
  const strictAddress = () => `127.0.0.1:${(strict.address() as AddressInfo).port}`;
  const all = { key: "Bearer secret-key", header: "red" };

  test("go with the calls of a command, whose refusal is told", async () => {
    const env = { TEMPORAL_API_KEY: "secret-key", TEMPORAL_TLS: "false", TEMPORAL_GRPC_META_X_TEAM: "red" };
    const { code, stderr } = await run(env, "list", "--address", strictAddress());
    expect([code, stderr]).toEqual([3, expect.stringContaining("server/refused")]);
    expect(stderr).toContain("the key has expired");
    expect(stderr).not.toContain("secret-key");
    expect(heard[0]).toMatchObject(all);
  });

  test("go with those of a worker's process", async () => {
    heard.length = 0;
    const access = { apiKey: "secret-key", tls: false, headers: { "x-team": "red" } } as const;
    const stateDir = join(folder, ".aiworkflow");
    const where = { address: strictAddress(), namespace: "default", projectDir: folder, stateDir, access };
    const worker = startSupervisedWorker(where);
    await expect(worker.ready).rejects.toThrow();
    await worker.stop();
    expect(heard.length).toBeGreaterThan(0);
    for (const one of heard) expect(one).toMatchObject(all);
  });
});
