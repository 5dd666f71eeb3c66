/** A light look at whether a function has all that it uses. It never refuses a good one; what it overlooks, the thread tells. */
import { type Token, tokens } from "./tokens.ts";

export interface LightCheck {
  /** How its text stands: by itself, or as a method of an object. */
  readonly form: "expression" | "method";
  /** Why it can't run elsewhere. */
  readonly refused?: string;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));
const KEYWORDS = words(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if " +
    "import in instanceof new null return super switch this throw true try typeof var void while with yield let static " +
    "async await of get set as using arguments undefined",
);
/** Words after which a name is used, not declared. */
const BEFORE_USE = words("return await yield throw new in of case void delete instanceof else do");
const OPENING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const CLOSING = words(") ] }");

/**
 * @param isGlobal names that every thread has
 * @example
 * lightCheck("(x) => x * factor()", (name) => name in globalThis).refused; // "it uses factor (line 1 …"
 */
export function lightCheck(source: string, isGlobal: (name: string) => boolean): LightCheck {
  const list = tokens(source);
  const first = list[0];
  const form = isExpression(list) ? "expression" : "method";
  if (first?.text === "class") return { form, refused: "it is a class" };
  if (isGenerator(list)) return { form, refused: "it is a generator function" };
  if (form === "method" && (first?.text === "get" || first?.text === "set") && list[1]?.type === "name") {
    return { form, refused: "it is a getter or setter" };
  }
  if (list.some((token, index) => token.text === "import" && list[index + 1]?.text === ".")) {
    return { form, refused: "it uses import.meta" };
  }
  const declared = declaredNames(list);
  for (const [index, token] of list.entries()) {
    // The function's own name as a method is no use of it.
    if (index === 0 && form === "method") continue;
    if (token.type !== "name" || KEYWORDS.has(token.text) || declared.has(token.text) || isGlobal(token.text)) continue;
    if (isUse(list, index)) {
      return {
        form,
        refused: `it uses ${token.text} (line ${token.line} of the function), which a thread does not have`,
      };
    }
  }
  return { form };
}

function isExpression(list: readonly Token[]): boolean {
  const start = list[0]?.text === "async" && list[1]?.text !== "(" && list[1]?.text !== "=>" ? 1 : 0;
  const [first, second] = [list[start], list[start + 1]];
  if (first?.text === "function" || first?.text === "class" || second?.text === "=>") return true;
  const open = first?.text === "(" ? start : second?.text === "(" && first?.text === "async" ? start + 1 : -1;
  return open !== -1 && list[closing(list, open) + 1]?.text === "=>";
}

function isGenerator(list: readonly Token[]): boolean {
  const head = list.slice(0, 3).map((token) => token.text);
  return head[0] === "*" || head[1] === "*" || (head[0] === "async" && head[2] === "*");
}

/** Index of the bracket that closes the one at `open`. */
function closing(list: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < list.length; index += 1) {
    const text = textOfMark(list[index]);
    if (text in OPENING) depth += 1;
    else if (CLOSING.has(text)) depth -= 1;
    if (depth === 0) return index;
  }
  return list.length;
}

const textOfMark = (token: Token | undefined): string => (token?.type === "mark" ? token.text : "");

/** Every name that may be declared somewhere; rather too many than too few. */
function declaredNames(list: readonly Token[]): Set<string> {
  const names = new Set<string>();
  const addAll = (from: number, to: number): void => {
    for (let index = from; index < to; index += 1) if (list[index]?.type === "name") names.add(list[index]?.text ?? "");
  };
  for (const [index, { type, text }] of list.entries()) {
    const next = list[index + 1];
    if (type === "name" && /^(?:const|let|var|using)$/.test(text)) addAll(index + 1, endOfPattern(list, index + 1));
    else if (type === "name" && /^(?:function|class)$/.test(text)) addAll(index + 1, index + 3);
    else if (type === "name" && next?.text === "=>") names.add(text);
    else if (type === "mark" && text === "(") {
      const end = closing(list, index);
      const after = list[end + 1]?.text;
      // Parameters, of an arrow, a function, a method, a catch; and the heads of if, while, …, whose names don't matter.
      if (after === "=>" || (after === "{" && !isHead(list[index - 1]))) addAll(index + 1, end);
    }
  }
  return names;
}

const isHead = (before: Token | undefined): boolean => /^(?:if|while|switch|with|for)$/.test(before?.text ?? "");

/** The end of what `const`, `let` or `var` declares: the names of all its patterns, defaults and values with them. */
function endOfPattern(list: readonly Token[], from: number): number {
  const open = textOfMark(list[from]);
  const first = open in OPENING ? closing(list, from) + 1 : from + 1;
  let end = first;
  // Further declarations follow a comma at the same depth, up to the statement's end.
  for (let index = first; index < list.length; index += 1) {
    const text = textOfMark(list[index]);
    if (text in OPENING) {
      index = closing(list, index);
      continue;
    }
    if (text === ";" || CLOSING.has(text) || list[index]?.text === "of" || list[index]?.text === "in") break;
    if (text === ",")
      end = Math.max(end, textOfMark(list[index + 1]) in OPENING ? closing(list, index + 1) : index + 2);
  }
  return end;
}

/** Whether the name at `index` is surely read there. */
function isUse(list: readonly Token[], index: number): boolean {
  const before = list[index - 1];
  const after = list[index + 1];
  const left = before?.text ?? "";
  const right = after?.text ?? "";
  if (left === "." || left === "?." || left === "#" || left === "typeof" || right === ":" || right === "=>")
    return false;
  if (left === "break" || left === "continue" || left === "class" || left === "function") return false;
  if (right === "(") return !isMethod(list, index);
  if (right === "." || right === "?." || right === "[") return left !== "{" && left !== ";" && left !== "}";
  const readsLeft = before?.type === "mark" ? !/^[{};,@]$/.test(left) : BEFORE_USE.has(left);
  const readsRight = right === "" || (after?.type === "mark" && right !== "=" && right !== "{");
  return readsLeft && readsRight;
}

/** `name(…) {` in an object or a class declares; everywhere else a call has no block after it. */
function isMethod(list: readonly Token[], index: number): boolean {
  return textOfMark(list[closing(list, index + 1) + 1]) === "{";
}
