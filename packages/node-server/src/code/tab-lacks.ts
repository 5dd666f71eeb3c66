/** What a bundle imports and browser tabs have not. */
import * as runtime from "@skein/runtime";
import type { Bundle } from "@skein/runtime/host";

/** An import that esbuild has left in a bundle. */
interface Left {
  readonly path: string;
  readonly kind: string;
}

/** What a server of a tab has of ours. */
const OURS: ReadonlySet<string> = new Set(["skein", "skein/browser", "@skein/runtime", "@skein/browser-worker"]);
const NAMES: ReadonlySet<string> = new Set([...Object.keys(runtime), "offload"]);

/** Names of modules, and those of skein's members; `code` is what esbuild wrote. */
export function tabLacks(code: string, imports: readonly Left[]): Bundle["lacks"] {
  const found = new Map<string, boolean>();
  const add = (name: string, dynamic: boolean): void => void found.set(name, dynamic && found.get(name) !== false);
  for (const { path, kind } of imports) if (!OURS.has(path)) add(path, kind === "dynamic-import");
  // The banner of bundles that need `require` is not among esbuild's.
  if (code.startsWith("import { createRequire as __skein")) add("node:module", false);
  for (const [, list = "", from = ""] of code.matchAll(/^(?:import|export) \{([^}]*)\} from "([^"]+)";$/gm)) {
    if (!OURS.has(from)) continue;
    for (const item of list.split(",")) {
      const [name = ""] = item.trim().split(" ");
      if (name !== "" && name !== "default" && !NAMES.has(name)) add(`${name} of ${from}`, false);
    }
  }
  return Array.from(found, ([name, dynamic]) => ({ name, dynamic }));
}
