/** A stretch of HTML as CommonMark cuts it out of a text. */
export interface HtmlBlock {
  readonly isComment: boolean;
  /** Its last line holds this; undefined where the next empty line ends it. */
  readonly end: RegExp | undefined;
  /** It can begin in the middle of a paragraph. */
  readonly interrupts: boolean;
}

interface Kind extends HtmlBlock {
  readonly start: RegExp;
}

const ELEMENTS = [
  "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt",
  "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link",
  "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead",
  "title tr track ul",
].join(" ");
const ATTRIBUTE = "\\s+[a-z_:][\\w.:-]*(?:\\s*=\\s*(?:[^\"'=<>`\\x00-\\x20]+|'[^']*'|\"[^\"]*\"))?";

const closedBy = (start: RegExp, end: RegExp): Kind => ({ start, end, isComment: false, interrupts: true });

/** In the order in which CommonMark tries them. */
const KINDS: readonly Kind[] = [
  closedBy(/^<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i),
  { ...closedBy(/^<!--/, /-->/), isComment: true },
  closedBy(/^<\?/, /\?>/),
  closedBy(/^<![a-z]/i, />/),
  closedBy(/^<!\[CDATA\[/, /\]\]>/),
  {
    start: new RegExp(`^</?(?:${ELEMENTS.replaceAll(" ", "|")})(?:\\s|/?>|$)`, "i"),
    end: undefined,
    isComment: false,
    interrupts: true,
  },
  {
    start: new RegExp(`^(?:<[a-z][a-z0-9-]*(?:${ATTRIBUTE})*\\s*/?>|</[a-z][a-z0-9-]*\\s*>)\\s*$`, "i"),
    end: undefined,
    isComment: false,
    interrupts: false,
  },
];

/** The block of HTML that begins with this text. */
export function readHtmlStart(text: string): HtmlBlock | undefined {
  return text.startsWith("<") ? KINDS.find(({ start }) => start.test(text)) : undefined;
}
