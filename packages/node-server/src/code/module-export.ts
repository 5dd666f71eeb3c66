/** Functions of Node and of installed packages: they travel as the name of their module and of their export. */
import { builtinModules, createRequire } from "node:module";
import { dirname } from "node:path";

export interface ModuleExport {
  /** What is imported: `node:path`, `lodash-es`. */
  readonly module: string;
  readonly key: string;
  /** The folder from which the module is found; `undefined` for Node's own. */
  readonly from: string | undefined;
}

const PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/](?!.*[\\/]node_modules[\\/])/;
const LOADED = /^(?:NativeModule|Internal) (.*)$/;

/** Whether `fn` is an export of a built-in module that is loaded. */
export function builtinExport(fn: unknown): ModuleExport | undefined {
  for (const name of loadedBuiltins()) {
    const module: unknown = process.getBuiltinModule(name);
    const key = keyOf(module, fn);
    if (key !== undefined) return { module: `node:${name}`, key, from: undefined };
  }
  return undefined;
}

/** Whether `fn`, defined in the file `path`, is an export of the installed package that the file belongs to. */
export function packageExport(fn: unknown, path: string): ModuleExport | undefined {
  const name = PACKAGE.exec(path)?.[1]?.replaceAll("\\", "/");
  if (name === undefined) return undefined;
  const from = dirname(path);
  try {
    const module: unknown = createRequire(path)(name);
    const key = keyOf(module, fn) ?? (module === fn ? "default" : undefined);
    return key === undefined ? undefined : { module: name, key, from };
  } catch {
    return undefined; // not loadable like that: its source is taken, like the user's own
  }
}

/** Those that the program uses: others would be loaded by the look at them, some of them with a warning. */
function loadedBuiltins(): string[] {
  // Node keeps the list of what it has loaded; @types/node does not know it.
  const list: unknown = Reflect.get(process, "moduleLoadList");
  const names = Array.isArray(list) ? list.map((entry) => LOADED.exec(String(entry))?.[1]) : [];
  const loaded = new Set(names);
  return builtinModules.filter((name) => loaded.has(name) && !name.startsWith("_"));
}

function keyOf(module: unknown, fn: unknown): string | undefined {
  if ((typeof module !== "object" && typeof module !== "function") || module === null) return undefined;
  return Object.keys(module).find((key) => Object.getOwnPropertyDescriptor(module, key)?.value === fn);
}
