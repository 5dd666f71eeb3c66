/** The words of a function's text, by which it is known again in what the user wrote: names, texts, numbers, operators in their order. */
import { tokenizer, tokTypes, type TokenType } from "acorn";

/** What test runners put around or in place of the user's words: imports by another name, counters of coverage. */
const ADDED: readonly (readonly [RegExp, string])[] = [
  [/\(0,\s*__vite_ssr_import_\d+__\.[\w$]+\)/g, ""],
  [/__vite_ssr_import_\d+__(?:\.[\w$]+)?/g, ""],
  [/__vite_ssr_dynamic_import__/g, "import"],
  [/__vite_ssr_import_meta__/g, "import.meta"],
  [/cov_\w+\(\)\.(?:[sf]\[\d+\]|b\[\d+\]\[\d+\])\+\+[,;]?/g, ""],
];

const WORDS: ReadonlySet<TokenType> = new Set([
  tokTypes.name,
  tokTypes.privateId,
  tokTypes.num,
  tokTypes.string,
  tokTypes.template,
  tokTypes.question,
  tokTypes.incDec,
  tokTypes.prefix,
  tokTypes.arrow,
  tokTypes.eq,
  tokTypes.assign,
  tokTypes.logicalOR,
  tokTypes.logicalAND,
  tokTypes.coalesce,
  tokTypes.bitwiseOR,
  tokTypes.bitwiseXOR,
  tokTypes.bitwiseAND,
  tokTypes.equality,
  tokTypes.relational,
  tokTypes.bitShift,
  tokTypes.plusMin,
  tokTypes.modulo,
  tokTypes.star,
  tokTypes.slash,
  tokTypes.starstar,
  tokTypes._in,
  tokTypes._instanceof,
]);

/**
 * The words of `text`; `undefined` where it can't be read.
 *
 * @param imports names that are imported (they are left out), and whether they are whole modules, whose members are, too
 */
export function wordsOf(text: string, imports: ReadonlyMap<string, boolean>): readonly string[] | undefined {
  let plain = text;
  for (const [added, instead] of ADDED) plain = plain.replaceAll(added, instead);
  const words: string[] = [];
  let left = 0;
  try {
    for (const token of tokenizer(plain, { ecmaVersion: "latest", sourceType: "module" })) {
      const { type } = token;
      if (left > 0) left -= 1;
      else if (WORDS.has(type)) {
        // acorn's tokens have a value; its types leave it out.
        const value = "value" in token ? String(token.value) : "";
        const whole = type === tokTypes.name ? imports.get(value) : undefined;
        // Renamed where it hides another, a name has a number behind it.
        const word = `${type.label} ${type === tokTypes.name ? value.replace(/\d+$/, "") : value}`;
        if (whole === true) left = 2;
        // `{ a }` and `{ a: a }` say the same.
        else if (whole === undefined && !(type === tokTypes.name && word === words.at(-1))) words.push(word);
      }
    }
  } catch {
    return undefined;
  }
  return words;
}

export const sameWords = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, index) => word === b[index]);

/** Whether most of `all`, in order, is what `part` says. */
export function mostlySays(all: readonly string[], part: readonly string[]): boolean {
  let said = 0;
  for (const word of all) if (word === part[said]) said += 1;
  return said === part.length && 2 * part.length >= all.length;
}
