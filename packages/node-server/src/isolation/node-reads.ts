/** What every server process has to read of its node: skein itself, and the packages that jobs may name. */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders and files for the code of skein, as it is installed here. */
export function ownCode(): readonly string[] {
  const roots = [import.meta.url, import.meta.resolve("@skein/runtime")].map((url) =>
    packageOf(realpathSync(fileURLToPath(url))),
  );
  return unique(roots.flatMap((root) => [root, ...modulesAbove(root)]));
}

/** The `node_modules` that a module in `packagesPath` finds packages in. */
export const packagesFrom = (packagesPath: string): readonly string[] => modulesAbove(packagesPath);

/** The folder with the `package.json` that a file belongs to. */
function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
  }
  return dirname(file);
}

function modulesAbove(start: string): readonly string[] {
  const found: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (existsSync(modules)) found.push(realpathSync(modules));
    // What a package says of itself stands beside its modules.
    const about = join(folder, "package.json");
    if (existsSync(about)) found.push(about);
    if (folder === dirname(folder)) return found;
  }
}

const unique = (paths: readonly string[]): readonly string[] => [...new Set(paths)];
