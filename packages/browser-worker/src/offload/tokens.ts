/** Cuts the text of a function into names, marks and the rest: enough to look for names, no parser. Pure. */

export interface Token {
  readonly type: "name" | "mark" | "value";
  readonly text: string;
  readonly line: number;
}

/** Marks of several characters that matter here; all others are one character. */
const MARKS = ["?.", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "++", "--", "..."];
const NAME = /[\p{ID_Start}$_\u200c\u200d\p{ID_Continue}]+/uy;
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y;
const BLANK = /\s+|\/\/.*|\/\*[^]*?\*\//y;
const TEXT = /"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'/y;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+\/[\w$]*/y;
const TEMPLATE_PART = /(?:\\[^]|\$(?!\{)|[^\\`$])*/y;
/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX: ReadonlySet<string> = new Set(
  "return typeof case in of do else void delete instanceof new throw yield await".split(" "),
);

/** The tokens of `source`; what stands in `${…}` of templates is among them. Unknown characters are marks. */
export function tokens(source: string): Token[] {
  const found: Token[] = [];
  /** For each open `${`, how many braces are open inside. */
  const templates: number[] = [];
  let at = 0;
  let line = 1;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const take = (text: string, type?: Token["type"]): void => {
    if (type !== undefined) found.push({ type, text, line });
    at += text.length;
    for (const char of text) if (char === "\n") line += 1;
  };
  /** From after a backtick, or after the brace that ends `${…}`. */
  const template = (): void => {
    take(match(TEMPLATE_PART) ?? "", "value");
    if (source.startsWith("${", at)) {
      take("${");
      found.push({ type: "mark", text: "(", line });
      templates.push(0);
    } else take("`");
  };
  while (at < source.length) {
    const char = source.charAt(at);
    const open = templates.length - 1;
    const blank = match(BLANK);
    if (blank !== undefined && blank !== "") take(blank);
    else if (char === "`") {
      take(char);
      template();
    } else if (char === "}" && templates[open] === 0) {
      templates.pop();
      found.push({ type: "mark", text: ")", line });
      take(char);
      template();
    } else {
      if (char === "{" && open >= 0) templates[open] = (templates[open] ?? 0) + 1;
      if (char === "}" && open >= 0) templates[open] = (templates[open] ?? 0) - 1;
      const value = match(TEXT) ?? match(NUMBER) ?? (slashIsRegex(found.at(-1)) ? match(REGEX) : undefined);
      const name = value === undefined ? match(NAME) : undefined;
      if (value !== undefined) take(value, "value");
      else if (name !== undefined) take(name, "name");
      else take(MARKS.find((mark) => source.startsWith(mark, at)) ?? char, "mark");
    }
  }
  return found;
}

function slashIsRegex(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.type === "name") return BEFORE_REGEX.has(before.text);
  return before.type === "mark" && ![")", "]", "}", "++", "--"].includes(before.text);
}
