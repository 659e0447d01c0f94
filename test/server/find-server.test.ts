// Which server counts, in which namespace, and how one comes in.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findServer } from "../../src/server/find-server.ts";
import { readSettings } from "../../src/server/read-settings.ts";
import { readServerNote } from "../../src/server/server-note.ts";
import { beginCommand, runCommand } from "../command-line.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "aiworkflow-find-"));
  for (const name of ["cert", "key"]) writeFileSync(join(folder, `${name}.pem`), `${name} text`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 200 }));

/** The environment in which this is `temporal.toml`. */
const toml = (text: string, more: Readonly<Record<string, string>> = {}) => {
  writeFileSync(join(folder, "given.toml"), text);
  return { TEMPORAL_CONFIG_FILE: join(folder, "given.toml"), ...more };
};

describe("the settings of TEMPORAL_* and temporal.toml", () => {
  test("are none without either, and with an empty file", async () => {
    expect(await readSettings({})).toEqual({ access: {} });
    expect(await readSettings({ HOME: folder, APPDATA: folder, XDG_CONFIG_HOME: "" })).toEqual({ access: {} });
    expect(await readSettings(toml("\n"))).toEqual({ access: {} });
    expect(await readSettings({ TEMPORAL_ADDRESS: "", TEMPORAL_TLS_CLIENT_CERT_PATH: "" })).toEqual({ access: {} });
  });

  test("a variable goes before the file; the profile is the one that is named; all is plain data", async () => {
    const file = `[profile.default]
address = "a.example:1"
namespace = "one"
[profile.cloud]
address = "b.example:2"
namespace = "two"
api_key = "from file"
grpc_meta = { "x-team" = "red" }
[profile.cloud.tls]
server_name = "name"
server_ca_cert_data = "authority text"
client_cert_path = ${JSON.stringify(join(folder, "cert.pem"))}
client_key_path = ${JSON.stringify(join(folder, "key.pem"))}
`;
    expect(await readSettings(toml(file))).toEqual({ address: "a.example:1", namespace: "one", access: {} });
    const cloud = toml(file, { TEMPORAL_PROFILE: "cloud", TEMPORAL_NAMESPACE: "three", TEMPORAL_API_KEY: "key" });
    const settings = await readSettings(cloud);
    expect(settings).toEqual({
      address: "b.example:2",
      namespace: "three",
      access: {
        apiKey: "key",
        headers: { "x-team": "red" },
        tls: {
          serverName: "name",
          authority: "authority text",
          client: { certificate: "cert text", key: "key text" },
        },
      },
    });
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
    expect(await readSettings({ TEMPORAL_TLS: "false", TEMPORAL_API_KEY: "key" })).toEqual({
      access: { apiKey: "key", tls: false },
    });
    expect(await readSettings({ TEMPORAL_TLS: "true" })).toEqual({ access: { tls: {} } });
  });

  test.each<readonly [what: string, env: () => Readonly<Record<string, string>>, words: string]>([
    [
      "a file that is not there",
      () => ({ TEMPORAL_CONFIG_FILE: join(folder, "none.toml") }),
      "none.toml cannot be read",
    ],
    ["a file that is no TOML", () => toml("[profile"), "given.toml cannot be read"],
    ["a file without profiles", () => toml('address = "a.example:1"'), "given.toml cannot be read"],
    ["a profile that is not there", () => toml("[profile.default]\n", { TEMPORAL_PROFILE: "cloud" }), "cloud"],
    ["a profile without a file", () => ({ TEMPORAL_PROFILE: "cloud" }), "cloud"],
    ["a certificate that is not there", () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: "/no/such.pem" }), "/no/such.pem"],
    ["a certificate without its key", () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: "x" }), "without its key"],
    ["a key without its certificate", () => ({ TEMPORAL_TLS_CLIENT_KEY_DATA: "x" }), "without the certificate"],
    [
      "a certificate that is given twice",
      () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: "x", TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, "cert.pem") }),
      "client_cert",
    ],
    [
      "what the SDK does not do",
      () => ({ TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: "true" }),
      "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION",
    ],
  ])("%s is an error", async (_, env, words) => {
    await expect(readSettings(env())).rejects.toMatchObject({
      diagnostics: [
        { code: "server/settings", message: expect.stringContaining(words), hint: expect.stringMatching(/./) },
      ],
    });
  });
});

describe("address, namespace and access", () => {
  let listener: Server;
  beforeAll(async () => {
    listener = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  });
  afterAll(() => new Promise((done) => listener.close(done)));

  test("are each taken from the first that says them; an address has the access of TEMPORAL_* wherever it comes from", async () => {
    const address = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const stateDir = join(folder, "none");
    const key = { TEMPORAL_API_KEY: "key" };
    const access = { apiKey: "key" };
    const find = async (where: Omit<Parameters<typeof findServer>[0], "stateDir">) =>
      (await findServer({ ...where, stateDir })).server;
    const flags = { address, namespace: "flag" };
    const named = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: "variable" };
    const config = { address, namespace: "config" };
    expect(await find({ flags, env: { ...named, ...key }, config })).toEqual({
      address,
      namespace: "flag",
      source: "flag",
      access,
    });
    expect(await find({ flags: {}, env: named, config })).toEqual({
      address,
      namespace: "variable",
      source: "environment",
      access: {},
    });
    expect(await find({ flags: {}, env: key, config })).toMatchObject({
      namespace: "config",
      source: "config",
      access,
    });
    expect(await find({ flags: { namespace: "flag" }, env: key, config })).toMatchObject({ namespace: "flag" });
    expect(await find({ flags: { address }, env: {} })).toMatchObject({ namespace: "default", source: "flag" });
  });

  test("a namespace of the project's own server is used where it is there, else refused with how to make it", async () => {
    const dir = join(folder, "project");
    mkdirSync(dir);
    writeFileSync(join(dir, "aiworkflow.yaml"), "");
    writeFileSync(join(dir, "one.md"), "## One\n```bash run\necho done\n```\n");
    const dev = beginCommand(dir, "dev", "--json");
    try {
      const stateDir = join(dir, ".aiworkflow");
      await expect.poll(() => readServerNote(stateDir)?.address, { timeout: 30_000 }).toBeDefined();
      const { address, cli } = readServerNote(stateDir) as NonNullable<ReturnType<typeof readServerNote>>;
      const refused = await runCommand(dir, "run", "one.md", "--namespace", "mine");
      expect(refused.code).toBe(3);
      expect(refused.stderr).toContain("server/no-namespace");
      const made = `operator namespace create --namespace mine --address ${address}`;
      expect(refused.stderr).toContain(`${cli} ${made}`);
      writeFileSync(join(dir, "aiworkflow.yaml"), "server: { namespace: mine }\n");
      expect((await runCommand(dir, "list")).stderr).toContain("server/no-namespace");
      writeFileSync(join(dir, "aiworkflow.yaml"), "");
      execFileSync(cli, made.split(" "), { stdio: "ignore" });
      // The server takes a moment to know it everywhere.
      const run = () => runCommand(dir, "run", "one.md", "--namespace", "mine", "--id", "mine-1");
      await expect.poll(async () => (await run()).code, { timeout: 60_000, interval: 1000 }).toBe(0);
      const listed = async (...args: readonly string[]) => (await runCommand(dir, "list", "--json", ...args)).stdout;
      await expect.poll(() => listed("--namespace", "mine"), { timeout: 10_000 }).toContain("mine-1");
      expect(await listed()).not.toContain("mine-1");
    } finally {
      dev.child.kill("SIGTERM");
      await dev.ended;
    }
  });
});
