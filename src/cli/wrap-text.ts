/** From here on characters may take two columns. */
const FIRST_WIDE = 0x1100;

/** The text in lines of at most so many columns; empty lines are left out. */
export function wrapText(text: string, columns: number): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let [part, width] = ["", 0];
    for (const character of line.trim()) {
      const wide = (character.codePointAt(0) as number) >= FIRST_WIDE ? 2 : 1;
      if (width + wide > columns) {
        lines.push(part);
        [part, width] = ["", 0];
      }
      part += character;
      width += wide;
    }
    return part === "" ? lines : [...lines, part];
  });
}
