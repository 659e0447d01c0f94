/** Few enough for a quick test: a list that is long in bytes runs in parts too, here in two. */
export const ITEMS = 210;
/** A step that makes the list {n: 0}, {n: 1}, … with much beside the numbers. */
export const LIST = `## List\n\`\`\`bash run\nseq 0 ${ITEMS - 1} | awk '{ printf "%s{\\"n\\": %d, \\"rest\\": \\"%01300d\\"}", (NR > 1 ? "," : "["), $1, 0 } END { print "]" }'\n\`\`\`\n\`\`\`yaml step\neffect: read\noutput: { type: array, items: object }\n\`\`\`\n`;
