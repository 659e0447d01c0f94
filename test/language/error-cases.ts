/** A project that makes a diagnostic: the workflow's text, and files beside it. */
export interface ErrorCase {
  readonly workflow: string | Uint8Array;
  readonly files?: Readonly<Record<string, string>>;
}

const step = (yaml: string, prose = "Do it.") => `## One\n${prose}\n\`\`\`yaml step\n${yaml}\n\`\`\`\n`;
const front = (yaml: string) => `---\n${yaml}\n---\n## One\nDo it.\n`;
const agent = "agents: { a: { kind: anthropic } }\n";
const project = (files: Readonly<Record<string, string>>): ErrorCase => ({ workflow: "## One\nDo it.\n", files });
const config = (yaml: string) => project({ "aiworkflow.yaml": yaml });
const registry = (yaml: string) => project({ "aiworkflow.yaml": agent, "registry.yaml": yaml });

/** A tool of an OpenAPI document. */
const openapi = (document: string, tool = "", name = "api.yaml") =>
  project({
    "aiworkflow.yaml": agent,
    "registry.yaml": `tools:\n  api: { kind: openapi, document: ${name}${tool} }\n`,
    [name]: document,
  });
const api = (paths: string, version = "3.0.3") =>
  `openapi: ${version}\nservers: [{ url: "https://{region}.example.org", variables: { region: { default: eu, enum: [eu, us] } } }]\npaths:\n${paths}\n`;

/** One or more files for every code that a file can cause. The rendered text of each is kept under test/errors. */
export const errorCases: Readonly<Record<string, ErrorCase | string>> = {
  "file/not-utf8": { workflow: new Uint8Array([35, 35, 32, 65, 10, 66, 195, 40, 10]) },
  "file/nul": "## One\nDo\0 it.\n",
  "file/long-line": `## One\n${"x".repeat(1_000_001)}\n`,
  "file/too-large": `## One\n${"long line\n".repeat(500_000)}`,
  "step/bad-value (of the variable that is ours)": {
    workflow: `---\nenv: { AIWORKFLOW_KEY: a }\n---\n${step("run: echo\nwith: { AIWORKFLOW_KEY: b }\nenv: { AIWORKFLOW_KEY: c }")}`,
    files: { "aiworkflow.yaml": "env: { AIWORKFLOW_KEY: d }\n" },
  },
  "yaml/syntax": step("set: { a: 1"),
  "yaml/too-large": `## One\n\`\`\`yaml step\nset: {a: 1}\n${"# comment\n".repeat(110_000)}\`\`\`\n`,
  "yaml/too-deep": step(`set: { a: ${"[".repeat(70)}${"]".repeat(70)} }`),
  "yaml/alias": step("set: { a: *other }"),
  "yaml/anchor": step("set: { a: &name 1 }"),
  "yaml/anchor (on maps and lists)": step("set: &map\n  a: &list [1]\n  b: &flow { c: 1 }"),
  "yaml/merge": step("set: { <<: { a: 1 }, b: 2 }"),
  "yaml/tag": step("set: { a: !secret x }"),
  "yaml/tag (on maps, and of YAML's own)": step("set: !thing\n  a: !!str 1\n  b: !!map { c: 1 }"),
  "yaml/key": step("set: { [1, 2]: x }"),
  "yaml/forbidden-key": step("set: { __proto__: { a: 1 } }"),
  "yaml/duplicate-key": step("wait: 1s\nwait: 2s"),
  "yaml/number": step("set: { a: .inf }"),
  "yaml/not-a-map": step("- wait: 1s"),
  "front-matter/language": "---js\nprocess.exit(7)\n---\n## One\nDo it.\n",
  "front-matter/unclosed": "---\nname: x\n## One\nDo it.\n",
  "workflow/no-steps": "# Only a title\nand some prose\n",
  "workflow/unknown-key": front("input: { a: string }\nnmae: x"),
  "workflow/not-yet": front("on: { schedule: { cron: '* * * * *' }, manual: true }"),
  "workflow/bad-value": front(
    "name: [x]\non-failure: maybe\nlabels: { a: [1] }\ntools: mail\nsecrets: { a: b }\npriority: 7\nconcurrency: {}",
  ),
  "step/unknown-key": step("wiat: 1s\nwhen: 1 > 2"),
  "step/unknown-key (of another kind)": step("wait: 1s\nwith: { a: 1 }"),
  "step/not-yet": "## One\nDo it.\n```yaml test\na: 1\n```\n",
  "step/bad-value": step("max-parallel: none\nfor-each: 7\nlocal: maybe\nset: 3"),
  "step/bad-value (of a signal that is ours)": step(
    "wait-for: place-granted\n```\n## Two\n```yaml step\nwait-for: { signal: aiworkflow-child }",
  ),
  "step/bad-value (of control flow)": [
    step("repeat: { until: output == 1 }\nset: { a: 1 }"),
    "## Two\n```yaml step\ngroup: { join: 3, sequence: maybe }\nretry: {max-attempts: 2}\n```\n### Three\nDo it.\n",
    "## Four\n```yaml step\nwait-until: tomorrow\non-error: { step: nobody, match: { code: x } }\n```\n",
    "## Five\n```yaml step\nwait-for: { signal: approve, schmea: { a: string } }\n```\n",
    "## Six\n```yaml step\nask: { message: Hm? }\nverify: 3\npriority: 9\n```\n",
  ].join(""),
  "step/bad-value (of a commit in a loop)":
    "## One\n```yaml step\nfor-each: [1]\ngroup:\n```\n### Inner\n```yaml step\nset: { a: 1 }\ncommit: true\n```\n",
  "step/not-needed": "## One\nA.\n## Two\n```yaml step\nneeds: []\n```\nSee ${{ steps.one.output }}.\n",
  "step/in-loop":
    "## One\n```yaml step\nfor-each: [1]\ngroup:\n```\n### Inner\nA.\n## Two\nSee ${{ steps.inner.output }} and ${{ steps.one.output[0].iner }}.\n",
  "step/unknown-step": step("needs: [onee]\non-error: tow"),
  "step/wrong-order":
    "## One\n```yaml step\nneeds: [two]\n```\nA.\n## Two\nB.\n```yaml step\non-error: one\n```\n## Finally\nC.\n## Three\nD.\n",
  "step/bad-undo": `${step("undo: {}")}## Two\nA.\n\`\`\`yaml step\nundo: { run: a, uses: b.c }\n\`\`\`\n`,
  "step/no-undo":
    "---\non-failure: rollback\n---\n## One\n```bash run\necho\n```\n## Two\n```bash run\necho\n```\n```yaml undo\nrun: echo\n```\n",
  "step/local-effect": "## One\n```bash run\necho\n```\n```yaml step\nlocal: true\n```\n",
  "step/unknown-workflow": step("workflow: chidl.md"),
  "step/broken-workflow": {
    workflow: step("workflow: child.md"),
    files: { "child.md": "## A\n```bahs run\necho\n```\n" },
  },
  "workflow/cycle": { workflow: step("workflow: child.md"), files: { "child.md": step("workflow: workflow.md") } },
  "workflow/too-deep": {
    workflow: step("workflow: w1.md"),
    files: Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`w${index + 1}.md`, step(`workflow: w${index + 2}.md`)]),
    ),
  },
  "step/empty": "## One\n\n## Two\nDo it.\n",
  "step/no-id": "## ☃\nDo it.\n## Two\nDo it.\n\n```yaml step\nid: 2nd\n```\n",
  "step/long-id": `## ${"very ".repeat(30)}long\nDo it.\n`,
  "workflow/too-many-steps": Array.from({ length: 5001 }, (_, index) => `## S${index}\nDo it.\n`).join(""),
  "step/duplicate-id": "## Do it\nA.\n## Do it!\nB.\n",
  "step/two-actions": step("wait: 1s\nset: { a: 1 }"),
  "step/two-blocks": `${step("wait: 1s")}\`\`\`yaml step\nretry: { max-attempts: 2 }\n\`\`\`\n`,
  "step/unmarked-block": "## One\nDo it.\n```yaml\nuses: mail.list\nretry: { max-attempts: 2 }\n```\n",
  "step/unknown-fence":
    "## One\n```bsah run\necho\n```\n## Two\n```json step\n{}\n```\n## Three\n```yaml step please\nwait: 1s\n```\n",
  "step/nested-block": "## One\nDo it.\n> ```bash run\n> echo\n> ```\n\n- ```yaml step\n  wait: 1s\n  ```\n",
  "step/nested-block (in HTML)": "## One\nDo it.\n<details>\n```bash run\necho\n```\n</details>\n",
  "step/unclosed-comment": "## One\nDo it.\n<!-- a --> <!-- b\n- <!-- in a list\n\n<!-- draft:\n## Two\nDo it.\n",
  "step/lost-heading":
    "## One\nDo it.\n##Two\n- a\n  ## Three\n## Four\n```yaml step\ngroup:\n```\n#### Five\n### Six\nDo it.\n# Notes\n## Seven\nDo it.\n## Eight\n",
  "workflow/no-steps (behind a second title)": "# One\n# Two\n## Three\nDo it.\n",
  "step/two-blocks (of a key)":
    "## One\n```bash run\necho\n```\n```yaml step\nwith: { a: 1 }\nundo: none\n```\n```yaml with\na: 2\n```\n```yaml undo\nrun: rm\n```\n",
  "step/unknown-fence (of another kind)":
    "## One\n```yaml step\nset: { a: 1 }\n```\n```md prompt\nHm?\n```\n## Two\n```yaml step\ngroup:\n```\n```json schema\n{}\n```\n### Three\n```bash run\necho\n```\n```yaml With\na: 1\n```\n",
  "step/unclosed-fence": "## One\n```bash run\necho\n## Two\nDo it.\n",
  "step/outside": "# Title\n```yaml step\nwait: 1s\n```\n## One\nDo it.\n# Notes\n```bash run\necho\n```\n",
  "step/setext-heading": "## One\nDo it.\n\nPart two\n--------\nmore\n",
  "step/unknown-agent": step("agent: nobody"),
  "step/unknown-agent (default of a project)": config("agent: nobody"),
  "step/unknown-tool": step("uses: mial.list"),
  "step/unknown-operation": {
    workflow: step("uses: mail.lits"),
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { mail: { kind: script, file: mail.sh, operations: { list: { effect: read } } } }\n",
      "mail.sh": "echo\n",
    },
  },
  "step/forward-reference": "## One\nSee ${{ steps.two.output }}.\n## Two\nDo it.\n",
  "step/self-reference": "## One\nSee ${{ steps.one.output }}.\n",
  "agent/none": "## One\nDo it.\n",
  "agent/no-candidate": {
    workflow: step("agent: { primary: a, fallback: [b], requires: [web-search], exclude: [b] }"),
    files: { "aiworkflow.yaml": "agents: { a: { kind: anthropic }, b: { kind: openai } }\nagent: a\n" },
  },
  "step/unknown-agent (of a choice)": {
    workflow: `---\nagent: { fallback: [gtp], prefer: [b] }\n---\n${step("agent: { primary: cluade, among: [gpt], exclude: [x] }")}`,
    files: {
      "aiworkflow.yaml":
        "agents: { claude: { kind: anthropic }, gpt: { kind: openai } }\nagent: { primary: gpt, fallback: [cloude] }\n",
    },
  },
  "step/bad-value (of a choice)": step(
    "agent: { primary: [a], strategy: lowest-cost, requires: [tool-caling], max-usd: -1, max-failovers: 1.5, failover-on: [timeot], weights: { cost: 2, price: 1 }, over-budget: switch, fallbacks: [a], max-latency: fast }",
  ),
  "config/bad-value (of a choice)": config(
    "agents: { a: { kind: anthropic } }\nagent: { primary: a, strategy: cheapest, if-none: wait }\ncircuit-breaker: { failure-threshold: 0, recovery: 1m }",
  ),
  "agent/bad-spec (profile, rate and breaker)": front(
    "agents: { a: { kind: anthropic, profile: { accuracy: 1.5, tags: fast, price: 1 }, rate: { requests-per-minute: 0, max-parallel: many }, circuit-breaker: { half-open-max-calls: 1.5, recovery-timeout: x } } }",
  ),
  "agent/cycle": {
    workflow: step("agent: a\nagents: { b: { agents: [c] }, c: { agents: [b] } }"),
    files: {
      "aiworkflow.yaml": "agents: { a: { kind: anthropic }, b: { kind: anthropic }, c: { kind: anthropic } }\n",
    },
  },
  "agent/too-deep": {
    workflow: step(
      "agent: a\nagents: { b: { agent: a, agents: [c] }, c: { agent: a, agents: [d] }, d: { agent: a }, nobody: }",
    ),
    files: { "aiworkflow.yaml": agent },
  },
  "step/bad-value (of an agent's loop)": {
    workflow: [
      step("max-turns: 0\nguards: { identical-calls: 1, no-progress: often, polling: [mail], twice: 2 }"),
      "## Two\nDo it.\n```yaml step\nrepair-rounds: -1\non-invalid: ask\nverify: { shell: perl }\n```\n",
      "## Three\nDo it.\n```yaml step\non-invalid: retry\nverify: { run: 'test ${{ output }}', with: { output: 1 } }\n```\n",
      "## Four\nDo it.\n```yaml step\nagents: { 1x: { agent: a, budget-share: 3, tols: [] }, b: { agents: [c] } }\n```\n",
    ].join(""),
    files: { "aiworkflow.yaml": agent },
  },
  "agent/bad-spec": front(
    "agents: { a: { kind: anthropc, model: 3 }, b: { knid: openai }, c: { kind: recorded }, d: { kind: codexx } }",
  ),
  "agent/bad-spec (of a program)": front(
    "agents: { a: { kind: openai, command: x, workdir: y }, b: { kind: codex, max-tokens: 5, permissions: [wirte] }, c: { kind: claude-code, options: { efort: high } } }",
  ),
  "agent/no-permissions": { workflow: step("agent: a\npermissions: [write]"), files: { "aiworkflow.yaml": agent } },
  "agent/cannot-ask": {
    workflow: step("agent: c\nagents: { a: { description: Knows it } }\npermissions: [everything]"),
    files: { "aiworkflow.yaml": "agents: { a: { kind: anthropic }, c: { kind: codex } }\n" },
  },
  "agent/bad-spec (of what a kind takes)": front(
    "agents:\n  a: { kind: ollama }\n  b: { kind: openai-compatible, model: x }\n  c: { kind: anthropic, replies: r.yaml }\n  d: { kind: ./none.ts, capabilities: { mcp: maybe } }",
  ),
  "agent/no-tool-calling": {
    workflow: step("agent: a\ntools: [mail.list]"),
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { mail: { kind: mcp, command: x } }\n",
      "capabilities.yaml": "a: { tool-calling: false }\n",
    },
  },
  "agent/tool-not-supported": {
    workflow: step("agent: a\ntools: [mail.list]"),
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { mail: { kind: mcp, command: x } }\n",
      "capabilities.yaml": "a: { mcp: none }\n",
    },
  },
  "step/tool-off": {
    workflow: `${step("uses: mail.list")}${step("id: two\nagent: a\ntools: [mail.list]")}`,
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { mail: { kind: mcp, command: x, enabled: false } }\n",
    },
  },
  "step/tool-names-collide": {
    workflow: step("agent: a\ntools: [mail.list, mail__in.list]"),
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { mail: { kind: mcp, command: x }, mail__in: { kind: mcp, command: y } }\n",
    },
  },
  "agent/no-tool-calling (of an agent that is asked)": {
    workflow: step("agent: a\nagents: { b: { tools: [mail.list] } }"),
    files: {
      "aiworkflow.yaml": "agents: { a: { kind: anthropic }, b: { kind: anthropic } }\n",
      "registry.yaml": "tools: { mail: { kind: mcp, command: x } }\n",
      "capabilities.yaml": "b: { tool-calling: false }\n",
    },
  },
  "field/bad": front("inputs: { a: strnig, b: { type: integer, default: x }, c: { type: string, pattern: '(' } }"),
  "expression/syntax": "## One\nSee ${{ steps. }}.\n",
  "expression/type": `---\ninputs: { n: integer, s: string }\n---\n${step('if: inputs.n\nset: { a: "${{ inputs.n + inputs.s }}" }')}`,
  "expression/pattern": `---\ninputs: { s: string }\n---\n${step("if: inputs.s.matches('(?=a)b')")}`,
  "expression/unknown-name": `---\ninputs: { name: string }\n---\n## One\nHello \${{ inputs.nmae }}, \${{ step.one }}.\n`,
  "expression/unclosed": "## One\nHello ${{ inputs.name.\n",
  "expression/in-script": "---\ninputs: { name: string }\n---\n## One\n```bash run\necho ${{ inputs.name }}\n```\n",
  "expression/secret": "---\nsecrets: [KEY]\n---\n## One\nUse ${{ secrets.KEY }}.\n",
  "expression/undeclared-secret": step('uses: mail.list\nenv: { K: "${{ secrets.KEY }}" }'),
  "duration/bad": step("wait: soon\ntimeout: 3 parsecs"),
  "config/unknown-key": config("agnet: a\nserver: { adress: x }"),
  "config/bad-value": config("env: { A: [1] }\nsecrets: KEY\nworkflows: here"),
  "config/no-file": config("agents: { a: { kind: recorded, replies: nowhere.yaml } }"),
  "config/unknown-key (of the registry)": registry("tool: {}\ntools: { mail: { kind: mcp, command: x, efect: read } }"),
  "config/bad-value (of the registry)": registry("tools: { mail: { kind: pigeon }, other: 3, third: { kind: mcp } }"),
  "config/bad-value (of servers)": registry(
    "tools: { a: { kind: mcp, command: x, url: 'https://x' }, b: { kind: mcp, url: 'http://example.com/mcp' }, c: { kind: mcp, url: 'https://u:p@x' }, d.e: { kind: mcp, url: 'https://x', headers: { A: 'Bearer ${{ inputs.x }}' } } }",
  ),
  "config/bad-value (of implementations)": registry(
    "tools: { a: { implementations: [], category: x }, b: { implementations: [{ kind: mcp, command: x, category: y }], kind: mcp }, c: { kind: mcp, command: x, rate: { requests-per-hour: 3 }, operations: { o: { cost: { eur: 1 } } } } }",
  ),
  "config/bad-module": project({
    "aiworkflow.yaml": agent,
    "tools/one.module.ts": "export const operations = { a: { description: 'no call' } };\n",
    "tools/three.module.ts": "export const operations = { a: { efect: 'read', call() {} } };\n",
    "tools/three.yaml": "kind: script\n",
  }),
  "config/unknown-key (of capabilities.yaml)": project({
    "aiworkflow.yaml": agent,
    "capabilities.yaml": "a: { tool-caling: false, streaming: maybe, context-window: -1 }\nb: {}\n",
  }),
  "yaml/not-a-map (of a project file)": project({ "aiworkflow.yaml": "- agent: a\n" }),
  "config/not-yet": config("logging: { level: info }"),
  "price/bad-value": config(
    [
      "agents: { a: { kind: anthropic, price: { input: free, output: 1 } } }",
      "prices:",
      "  x: { unit: hours, usd: 1 }",
      "  y: { unit: requests, input: 3 }",
      "  z: { input: 3, output: 1, long: { input: 6, output: 2 } }",
    ].join("\n"),
  ),
  "budget/bad-value": {
    workflow: [
      "---\nagent: a\nbudget: { on-limit: block, alert-at: 80 }\n---\n",
      "## One\nDo it.\n```yaml step\nbudget: { usd: -1, on-limit: switch }\n```\n",
      "## Two\nDo it.\n```yaml step\nbudget: { usd: 1, on-limit: queue, switch-to: b }\n```\n",
      "## Three\n```yaml step\nbudget: { tokens: 10, cost: 3 }\nwait: 1s\n```\n",
    ].join(""),
    files: { "aiworkflow.yaml": agent },
  },
  "budget/unpriced-agent": {
    workflow: [
      "---\nagent: strange\nbudget: { usd: 2 }\n---\n",
      "## Ask\nDo it.\n```yaml step\nbudget: { usd: 1, tokens: 500 }\n```\n",
      "## Again\nDo it.\n```yaml step\nbudget: { usd: 1, on-limit: switch, switch-to: other }\nagent: { primary: known, fallback: [other] }\n```\n",
      "## Below\n```yaml step\nworkflow: child.md\nbudget: { tokens: 500 }\n```\n",
    ].join(""),
    files: {
      "child.md": "## Asked\nDo it.\n```yaml step\nagent: other\n```\n",
      "aiworkflow.yaml": [
        "agents:",
        "  strange: { kind: openai, model: mystery-1 }",
        "  other: { kind: openai, model: mystery-2 }",
        "  known: { kind: openai, model: mystery-3, price: { input: 1, output: 2 } }",
        "limits: { often: { usd: 1, period: day, agent: strange } }",
      ].join("\n"),
    },
  },
  "budget/bad-value (of limits)": config(
    [
      agent,
      "limits:",
      "  daily: { usd: 1, period: hour }",
      "  much: { period: month, agent: a }",
      "  all: { usd: 10, modle: x }",
      "alerts: { url: x, webhook: nowhere }",
    ].join("\n"),
  ),
  "openapi/unreadable": openapi("openapi: 3.0.0\npaths: {\n  /a: [\n"),
  "openapi/unreadable (a list)": openapi("- openapi: 3.0.0\n"),
  "openapi/too-large": openapi(`openapi: 3.0.0\n${"# comment\n".repeat(450_000)}`),
  "openapi/too-deep": openapi(`{"openapi":"3.0.0","x":${"[".repeat(1000)}${"]".repeat(1000)}}`, "", "api.json"),
  "openapi/version": openapi('swagger: "2.0"\npaths: {}\n'),
  "openapi/version (to come)": openapi("openapi: 4.0.0\npaths: {}\n"),
  "openapi/external-ref": openapi(
    api(
      "  /a: { get: { parameters: [{ $ref: 'file:///etc/passwd' }, { $ref: 'other.yaml#/x' }] } }\n  /b: { $ref: 'http://169.254.169.254/latest' }",
    ),
  ),
  "openapi/broken-ref": openapi(
    api("  /a: { get: { parameters: [{ $ref: '#/components/parameters/none' }, { $ref: '#anchor' }] } }"),
  ),
  "openapi/broken-ref (to itself)": openapi(
    `${api("  /a: { get: { parameters: [{ name: a, in: query, schema: { $ref: '#/components/schemas/A' } }] } }")}components:\n  schemas:\n    A: { $ref: '#/components/schemas/B' }\n    B: { allOf: [{ $ref: '#/components/schemas/A' }] }\n`,
  ),
  "openapi/no-operations": openapi(api("  x-nothing: 1")),
  "openapi/no-operations (no paths)": openapi("openapi: 3.1.0\ninfo: { title: x, version: '1' }\n"),
  "openapi/duplicate-operation": openapi(
    api("  /a: { get: { operationId: same } }\n  /b: { post: { operationId: same } }"),
  ),
  "openapi/no-variable": openapi(api("  /a: { get: {} }"), ", server: { variables: { regoin: us } }"),
  "openapi/left-out": openapi(
    api(
      [
        "  /a: { get: { parameters: [{ name: q, in: qeury }] } }",
        "  /b: { get: { parameters: [{ name: q, in: query, style: matrix }] } }",
        "  /c/{id}: { get: {} }",
        "  /d: { get: { parameters: [{ name: id, in: path, required: true }] } }",
        "  /e: { get: { servers: [{ url: /relative }] } }",
        "  /f: { post: { requestBody: {} } }",
        "  /g: { get: { operationId: loop, parameters: [{ $ref: '#/components/parameters/loop' }] } }",
        "  /h: { get: { operationId: fine } }",
        "components: { parameters: { loop: { $ref: '#/components/parameters/loop' } } }",
      ].join("\n"),
    ),
  ),
  "openapi/no-server": openapi("openapi: 3.0.0\npaths: { /a: { get: {}, post: {} }, /b: { get: {} } }\n"),
  "openapi/no-server (a variable without this value)": openapi(
    api("  /a: { get: {} }"),
    ", server: { variables: { region: mars } }",
  ),
  "config/bad-value (of an openapi tool)": openapi(
    `${api("  /a: { get: { operationId: find } }")}components: { securitySchemes: { key: { type: apiKey, name: k, in: header }, login: { type: http, scheme: basic }, odd: { type: mutualTLS } } }\n`,
    [
      ", auth: { kye: x, login: { user: a }, odd: x, key: 'a ${{ secrets.X }}' }, allow-addresses: [localhost, 10.0.0.0/99]",
      ", headers: { 'a b': c }, operations: { fnid: {}, find: { parameters: { a: string }, result: all } }",
    ].join(""),
  ),
  "config/bad-value (of an http tool)": registry(
    [
      "tools:",
      "  a: { kind: http }",
      "  b: { kind: http, base-url: ftp://x, operations: { a: {} } }",
      "  c: { kind: http, base-url: 'https://x.example' }",
      "  d:",
      "    kind: http",
      "    base-url: https://x.example",
      "    operations:",
      "      a: { path: 'find/{idd}', parameters: { id: string } }",
      "      b: { method: POST, path: /b, parameters: { id: string }, body: { a: 1 } }",
      "      c: { method: FETCH, path: /c, headers: { X: '${{ secrets.A }}' } }",
      "  e: { kind: openapi }",
    ].join("\n"),
  ),
  "config/no-file (of an openapi tool)": registry("tools: { a: { kind: openapi, document: none.yaml } }"),
  "step/bad-argument": {
    workflow:
      "## One\n```yaml step\nuses: api.find\nwith: { idd: 1, state: opne, deep: true }\n```\n## Two\n```yaml step\nuses: api.fnid\n```\n",
    files: {
      "aiworkflow.yaml": agent,
      "registry.yaml": "tools: { api: { kind: openapi, document: api.yaml } }",
      "api.yaml": api(
        "  /a/{id}: { get: { operationId: find, parameters: [{ name: id, in: path, required: true, schema: { type: integer } }, { name: state, in: query, schema: { type: string, enum: [open, closed] } }, { name: deep, in: query, schema: { type: integer } }] } }",
      ),
    },
  },
};
