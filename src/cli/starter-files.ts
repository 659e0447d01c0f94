/** The sample that `init` writes; it runs without a key, because its agent answers from a file. */
export const SAMPLE_PROJECT: { readonly [path: string]: string } = {
  "aiworkflow.yaml": `# Agents of this project. Name one in a step, or make it the default.
agent: sample
agents:
  # Answers from a file, so that the sample runs without a key. Replace it by, for example:
  #   claude: { kind: anthropic }
  #   local: { kind: openai-compatible, base-url: http://localhost:11434/v1, model: llama3.2 }
  sample: { kind: recorded, replies: replies.yaml }
`,
  "replies.yaml": `greet: ["Good to see you. Today is a fine day to automate something."]
`,
  "workflows/hello.md": `---
name: hello
description: Greets, then counts the words of the greeting
outputs: { greeting: "\${{ steps.greet.output }}", words: "\${{ steps.count.output }}" }
---
# Hello

## Greet
Write one friendly sentence for somebody who starts their day.

## Count
\`\`\`bash run
wc -w <<< "$text" | tr -d ' '
\`\`\`
\`\`\`yaml step
with: { text: "\${{ steps.greet.output }}" }
effect: read
\`\`\`
`,
};

/** What git should not see. */
export const IGNORED = [".aiworkflow/"];

/** A new workflow file. */
export function starterWorkflow(name: string): string {
  return `---
name: ${name}
description: Says in one line what this workflow is for
inputs:
  topic: { type: string, default: durable workflows }
---
# ${name}

## Think
Name the three most important facts about \${{ inputs.topic }}.

## Check
\`\`\`yaml step
approval: { message: "\${{ steps.think.output }}" }
\`\`\`
`;
}
