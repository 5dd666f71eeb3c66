/** `node tools/docs-defaults.ts`: makes docs/defaults.md from the one file of constants. */
import { readFileSync, writeFileSync } from "node:fs";

/** The page, made from the text of `defaults.ts`: a row a constant, with its value as written and its reason. */
export function defaultsPage(source: string): string {
  const rows = Array.from(
    source.matchAll(/(?:\/\*\* (.+?) \*\/\n)?export const (\w+)(?:: number)? = ([^;]+);/g),
    ([, reason = "", name = "", value = ""]) =>
      `| \`${name}\` | \`${value.replaceAll(/\s+/g, " ").replaceAll("|", "\\|")}\` | ${reason} |`,
  );
  return [
    "# Defaults",
    "",
    "Made from `packages/runtime/src/defaults.ts` by `node tools/docs-defaults.ts`. `…_MS` are milliseconds, `…_BYTES` bytes; `KIB` and `MIB` are 1,024 and 1,048,576 bytes.",
    "",
    "| name | value | what and why |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const source = readFileSync(new URL("../packages/runtime/src/defaults.ts", import.meta.url), "utf8");
  writeFileSync(new URL("../docs/defaults.md", import.meta.url), defaultsPage(source));
}
