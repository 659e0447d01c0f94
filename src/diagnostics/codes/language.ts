import type { CatalogueEntry } from "../catalogue.ts";

function error(summary: string, hint: string): CatalogueEntry {
  return { severity: "error", summary, hint };
}

function warning(summary: string, hint: string): CatalogueEntry {
  return { severity: "warning", summary, hint };
}

/** Codes of the compiler: files, YAML, headings, steps, expressions. */
export const languageCodes: { readonly [code: string]: CatalogueEntry } = {
  "file/not-utf8": error("The file is not UTF-8 text.", "save it as UTF-8"),
  "file/nul": error(
    "The file holds a NUL character; it is probably not text.",
    "remove the character, or name the right file",
  ),
  "file/long-line": error(
    "A line is longer than 1,000,000 characters.",
    "break it, or put the data into a file of its own",
  ),
  "yaml/syntax": error("The YAML cannot be read.", "mend the YAML; indentation and quotes are the usual causes"),
  "yaml/too-large": error("The YAML is too large.", "put large data into a file that a script reads"),
  "yaml/too-deep": error("The YAML is nested too deeply.", "flatten it"),
  "yaml/alias": error(
    "YAML aliases are not used here.",
    "write the value out, or put quotes around a text that begins with `*`",
  ),
  "yaml/anchor": error(
    "YAML anchors are not used here.",
    "remove the `&name` and write the value out where it is wanted, or put quotes around a text that begins with `&`",
  ),
  "yaml/merge": error("YAML merge keys are not used here.", "write the keys out"),
  "yaml/tag": error("YAML tags are not used here.", "remove the tag, or put quotes around a text that begins with `!`"),
  "yaml/key": error("A key is not plain text.", "use a plain name as the key"),
  "yaml/forbidden-key": error("The key reaches into JavaScript's own objects.", "choose another name"),
  "yaml/duplicate-key": error("A key is given twice; one of the values would be lost.", "keep one of them"),
  "yaml/number": error("Not a number that JSON has.", "write a finite number, or quote the text"),
  "yaml/not-a-map": error("A map of keys and values is expected.", "write `key: value` lines"),
  "front-matter/language": error(
    "Front matter is YAML; nothing may follow the first `---`.",
    "write `---` alone on the first line",
  ),
  "front-matter/unclosed": error(
    "The front matter is never closed.",
    "put `---` on a line of its own after the last key",
  ),
  "workflow/no-steps": error("The file has no steps.", "every `## Heading` is a step; add one"),
  "workflow/unknown-key": error("The front matter has a key that does not exist.", "see docs/language.md for all keys"),
  "workflow/not-yet": error(
    "This key is part of the language, but this version does not have it yet.",
    "leave it out for now",
  ),
  "workflow/bad-value": error("A value of the front matter has the wrong form.", "see docs/language.md"),
  "step/unknown-key": error("The step has a key that does not exist.", "see docs/language.md for all keys"),
  "step/not-yet": error(
    "This key is part of the language, but this version does not have it yet.",
    "leave it out for now",
  ),
  "step/bad-value": error("A value of the step has the wrong form.", "see docs/language.md"),
  "step/empty": error(
    "The step has neither prose nor a block that says what to do.",
    "write what the agent should do, or add a `yaml step` block",
  ),
  "step/no-id": error("No id can be made of the heading.", "give the step an `id:`"),
  "step/long-id": error(
    "The id of the step is too long.",
    "give the step a short `id:`; the heading may stay as it is",
  ),
  "workflow/too-many-steps": error(
    "The workflow has more than 5,000 steps.",
    "move steps into workflows of their own (`workflow: FILE`), or into a loop",
  ),
  "step/duplicate-id": error("Two steps have the same id.", "rename one, or give it an `id:`"),
  "step/two-actions": error("A step does exactly one thing.", "split it into two steps"),
  "step/two-blocks": error("A step says the same thing in two places.", "put all of it into one"),
  "step/unmarked-block": error(
    "A YAML block looks like a step but is not marked.",
    "write ```yaml step as its first line",
  ),
  "step/unknown-fence": error(
    "The mark of a block is not known.",
    "marks are: yaml step, md prompt, bash run, sh run, python run, js run, ts run, json schema, yaml with, yaml undo",
  ),
  "step/nested-block": error(
    "A marked block inside a quote, a list or HTML, or too far to the right, is never run.",
    "move it to the left margin",
  ),
  "step/unclosed-fence": error("A block is never closed.", "end it with the same fence that began it"),
  "step/unclosed-comment": error(
    "A comment is never closed, so all that follows would be lost.",
    "end it with `-->`, in its own list or quote where it stands in one",
  ),
  "step/lost-heading": warning(
    "A line looks like the heading of a step, and is none where it stands.",
    "write `## Heading` at the left margin, above the `#` that ends the steps",
  ),
  "step/outside": warning(
    "A marked block outside every step is never run.",
    "put it below a `##` heading, before the second `#`",
  ),
  "step/setext-heading": warning(
    "A line of dashes or equals signs below text makes a heading, but not a step.",
    "write `## Heading` for a step, or put a blank line above that line",
  ),
  "step/unknown-agent": error(
    "No agent of this name is configured.",
    "add it under `agents:` in aiworkflow.yaml or in the front matter",
  ),
  "step/unknown-tool": error("No tool of this name is configured.", "`aiworkflow tools list` shows what there is"),
  "step/tool-off": error(
    "The tool is switched off.",
    "remove `enabled: false` from it in registry.yaml, or use another tool",
  ),
  "step/tool-names-collide": error(
    "Two tools of the step have names that a model cannot tell apart.",
    "rename one of them: `a` and `a__b` cannot be granted together",
  ),
  "step/unknown-operation": error(
    "The tool has no operation of this name.",
    "`aiworkflow tools list` shows all operations",
  ),
  "step/bad-argument": error(
    "A tool is called with other arguments than it takes.",
    "`aiworkflow tools list --json` shows the arguments of every operation",
  ),
  "step/forward-reference": error(
    "The step refers to one that comes later.",
    "move the step, or refer to an earlier one",
  ),
  "step/self-reference": error("The step refers to its own result.", "refer to an earlier step"),
  "step/not-needed": error("The step reads the result of one that it does not wait for.", "add that step to `needs`"),
  "step/in-loop": error(
    "A step inside a loop runs many times, so it has no one result.",
    "read the output of the step that loops",
  ),
  "step/unknown-step": error("There is no such step beside this one.", "steps can name steps of their own level only"),
  "step/wrong-order": error("The order of the steps does not allow this.", "move the step"),
  "step/bad-undo": error(
    "The undo is not one action.",
    "write `undo: {uses: tool.operation, with: …}`, `{run: …}`, `{agent: …, prompt: …}` or `undo: none`",
  ),
  "step/no-undo": warning(
    "A workflow that rolls back has a step whose effect would stay.",
    "add `undo:`, or say `undo: none` if it may stay, or `effect: read` if there is none",
  ),
  "step/local-effect": error(
    "A local step must be one that may be repeated.",
    "say `effect: idempotent` or `effect: read` if it may, else leave `local` out",
  ),
  "step/unknown-workflow": error("There is no such workflow file.", "name it relative to this file"),
  "step/broken-workflow": error("The workflow that the step calls has an error.", "validate that file"),
  "workflow/cycle": error("A workflow calls itself.", "loops are written with `for-each` or `repeat`"),
  "workflow/too-deep": error("Workflows call each other too deeply.", "flatten them"),
  "agent/none": warning(
    "No agent is configured, and a step needs one.",
    "set `agent:` in aiworkflow.yaml, name one in the step, or set ANTHROPIC_API_KEY or OPENAI_API_KEY",
  ),
  "agent/no-tool-calling": error(
    "The step grants tools to an agent that cannot call tools.",
    "use another agent, or set `tool-calling: true` for it in capabilities.yaml if it can",
  ),
  "agent/no-candidate": error(
    "The rules of `agent:` leave no agent for the step.",
    "require less, exclude fewer, or name more agents",
  ),
  "agent/cannot-ask": error(
    "The step's agent is to ask other agents, and cannot.",
    "let an agent that is no program do the step (kind anthropic, openai, openai-compatible), or leave `agents:` out",
  ),
  "agent/no-permissions": error(
    "The step permits something to an agent that has no use for it.",
    "`permissions:` is for agents of kind claude-code, codex and opencode: leave it out, or name such an agent",
  ),
  "agent/tool-not-supported": error(
    "The step grants a tool of a kind that its agent cannot use.",
    "use another agent, give the tool another implementation, or correct capabilities.yaml",
  ),
  "agent/cycle": error(
    "Agents of a step ask one another in a circle.",
    "leave the one that is asked already out of `agents:`",
  ),
  "agent/too-deep": error(
    "Too many agents ask one another in a row.",
    "the step's own agent may ask one that may ask another one; no deeper",
  ),
  "agent/bad-spec": error("The settings of an agent are wrong.", "see docs/agents.md"),
  "field/bad": error("A field is declared wrongly.", "write `name: string`, `name: 20` or `name: {type: string, …}`"),
  "expression/syntax": error("The expression cannot be read.", "expressions are CEL, such as `steps.a.output.n > 3`"),
  "expression/type": error(
    "The expression does not fit the declared types.",
    "compare the names and types with the declared inputs and outputs",
  ),
  "expression/pattern": error(
    "A pattern of `matches` cannot be checked in linear time.",
    "use a simpler, literal pattern",
  ),
  "expression/unknown-name": error(
    "The expression refers to something that does not exist.",
    "contexts are inputs, steps, item, index, env, run, secrets",
  ),
  "expression/unclosed": error("An expression is never closed.", "end it with `}}`; write `$${{` for a literal `${{`"),
  "expression/in-script": error(
    "Expressions are not put into script bodies: a value could become code.",
    "pass the value under `with:`; it arrives as an environment variable",
  ),
  "expression/secret": error(
    "A secret may only be a whole value under `with` or `env`.",
    "write `KEY: ${{ secrets.NAME }}` under `env:`",
  ),
  "expression/undeclared-secret": error(
    "The secret is not declared.",
    "add its name to `secrets: [NAME]` in the front matter",
  ),
  "duration/bad": error("Not a duration.", "write 90s, 5m, 2h30m, 3d or PT5M"),
};
