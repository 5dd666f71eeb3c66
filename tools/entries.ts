/** `node tools/entries.ts`: writes the lists of names that the host packages and `skein` export again, from the lists of those below. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Each exports again, by name, all that `source` exports. In this order: later ones build on earlier ones. */
export const ENTRIES = [
  { file: "packages/node-server/src/index.ts", from: "@skein/runtime", source: "packages/runtime/src/index.ts" },
  { file: "packages/browser-worker/src/index.ts", from: "@skein/runtime", source: "packages/runtime/src/index.ts" },
  { file: "packages/skein/src/node.ts", from: "@skein/node-server", source: "packages/node-server/src/index.ts" },
  {
    file: "packages/skein/src/browser.ts",
    from: "@skein/browser-worker",
    source: "packages/browser-worker/src/index.ts",
  },
  {
    file: "packages/skein/src/testing.ts",
    from: "@skein/runtime/testing",
    source: "packages/runtime/src/testing/index.ts",
  },
] as const;

/** The names in the export lists of `text` (of those from `from` only), sorted, `type ` in front of types. */
export function exportedNames(text: string, from?: string): string[] {
  const names = new Set<string>();
  for (const [, type, list = "", source] of text.matchAll(/^export (type )?\{([^}]*)\}(?: from "([^"]*)")?/gm)) {
    if (from !== undefined && from !== source) continue;
    for (const item of list.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, "").split(",")) {
      const [, isType, name] = /^(type )?(?:.* as )?(\S+)$/.exec(item.trim()) ?? [];
      if (name !== undefined) names.add(type === undefined && isType === undefined ? name : `type ${name}`);
    }
  }
  return [...names].toSorted((a, b) => bare(a).localeCompare(bare(b), "en"));
}

const bare = (name: string): string => name.replace("type ", "");

export const read = (file: string): string =>
  existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";

function writeEntry({ file, from, source }: (typeof ENTRIES)[number]): void {
  const list = `export {\n${exportedNames(read(source))
    .map((name) => `  ${name},\n`)
    .join("")}} from "${from}";\n`;
  const text = read(file);
  const old = new RegExp(`^export \\{[^}]*\\} from "${from}";\\n`, "m");
  writeFileSync(join(root, file), old.test(text) ? text.replace(old, () => list) : `${text}\n${list}`);
}

if (import.meta.main) for (const entry of ENTRIES) writeEntry(entry);
