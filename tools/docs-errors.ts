/** `node tools/docs-errors.ts`: makes docs/errors.md from the error codes and what is said of each there. */
import { readFileSync, writeFileSync } from "node:fs";

const INTRO = `# Errors

Every error of skein is a \`SkeinError\` with a \`code\`, a message for people, a \`hint\` that says what to do, and the original as \`cause\`. Branch on \`code\`: \`isSkeinError(error, "TIMEOUT")\`. The text after a code's name is what it means, and after *Do* what helps.

Made from \`packages/runtime/src/error-codes.ts\` by \`node tools/docs-errors.ts\`; a test checks that it is.
`;

/** The page, made from the text of `error-codes.ts`: a chapter for each line comment, an entry for each code. */
export function errorsPage(source: string): string {
  const parts = source.matchAll(/^ {2}\/\/ (.+)$|^ {2}\/\*\*([\s\S]*?)\*\/\n {2}\| "([A-Z_]+)"/gm);
  const texts = Array.from(parts, ([, chapter, about = "", code]) =>
    chapter === undefined ? `### ${code}\n${plain(about)}\n` : `## ${chapter}\n`,
  );
  return [INTRO, ...texts].join("\n");
}

/** A doc comment's text as one line. */
const plain = (comment: string): string =>
  comment
    .replaceAll(/^ *\* ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();

if (import.meta.main) {
  const source = readFileSync(new URL("../packages/runtime/src/error-codes.ts", import.meta.url), "utf8");
  writeFileSync(new URL("../docs/errors.md", import.meta.url), errorsPage(source));
}
