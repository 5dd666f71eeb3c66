/**
 * A function for `skein map`, which calls it for each line on every core, and prints what it gives in order:
 *
 *   ls | npx skein map examples/30-shell.ts#longestWord --lines
 *   npx skein map examples/30-shell.ts#longestWord *.txt --joblog words.log --progress > words.jsonl
 *
 * Run by itself it does the same with a pool.
 *
 * Run:  npm run example -- 30
 * Type:
 *   to be or not to be
 *   that is the question
 *   whether it is nobler
 * See:
 *   to be or not to be: not
 *   that is the question: question
 *   whether it is nobler: whether
 */
import { pool } from "skein";
import { createInterface } from "node:readline";

/** The first of the longest words of a line. */
export function longestWord(line: string): string {
  let longest = "";
  for (const word of line.match(/\p{L}+/gu) ?? []) if (word.length > longest.length) longest = word;
  return longest;
}

// `skein map` imports this file for the function alone.
if (import.meta.main) {
  await using p = pool({ servers: 2 });
  const lines: string[] = [];
  async function* typed(): AsyncGenerator<string> {
    for await (const line of createInterface(process.stdin)) {
      lines.push(line);
      yield line;
    }
  }
  for await (const word of p.map(longestWord, typed())) console.log(`${lines.shift() ?? ""}: ${word}`);
}
