/** Finds live functions in their sources, and makes of each file the part that they need. */
import type { Bundle, FoundFunction, LiveFunction } from "@skein/runtime/host";
import { hash } from "node:crypto";
import { basename } from "node:path";
import { extract, type ExtractedPart, extractShared, type OnReached, sharedSpecifier, type Wanted } from "./extract.ts";
import {
  CHANGED_IN_JOB,
  CHANGED_IN_POOL,
  checkDeclaration,
  checkSelfContained,
  definitionOf,
  notSelfContained,
  refuseChange,
} from "./function-node.ts";
import { classesAround, type FunctionPlace, placeOf, type Script } from "./inspect-function.ts";
import { builtinExport, type ModuleExport, packageExport } from "./module-export.ts";
import { isNode } from "./node.ts";
import { type Change, declarationOf, type Definition, Program } from "./program.ts";
import { type SharedGroup, SharedParts } from "./shared.ts";
import { type SourceFile, writtenPlace } from "./source-file.ts";

interface Written {
  readonly file: SourceFile;
  readonly program: Program;
  readonly definition: Definition;
}
type Origin = { readonly export: ModuleExport } | Written;

/** What a function, and what it reaches, has to do with changes of its file's top-level names. */
interface Usage {
  /** What of the file it has. */
  readonly reached: ReadonlySet<string>;
  /** Names that it changes. */
  readonly changes: ReadonlySet<string>;
  /** What it uses, and others change. */
  readonly changedBeside: readonly Change[];
  /** It uses or changes what some function changes. */
  readonly usesChanged: boolean;
}

/** A file of which only a part is shipped. */
export interface PartOfFile {
  readonly path: string;
  readonly text: string;
  readonly map: string | undefined;
}

/** What the bundler makes a bundle of. */
export interface FunctionParts {
  readonly files: readonly PartOfFile[];
  /** Where each function is imported from, in the order of the functions. */
  readonly imports: readonly { readonly from: string; readonly key: string; readonly name: string }[];
  /** Where imports of packages are looked for. */
  readonly folder: string | undefined;
}

/** A function, or what functions of its file share, and what it imports that is shared. */
export interface SharingParts extends FunctionParts {
  readonly shared: readonly SharedPart[];
}

export interface SharedPart {
  /** The same object for the same part of the same file. */
  readonly group: SharedGroup;
  readonly specifier: string;
  /** @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` for what its declarations lack */
  parts(): SharingParts;
}

/** A live class, and the bundle's export that is the same in a worker. */
export interface ExportedClass extends Pick<Bundle, "digest"> {
  readonly key: string;
  readonly value: unknown;
}

const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export class FunctionFinder {
  readonly #programs = new WeakMap<SourceFile, Program>();
  readonly #origins = new WeakMap<FoundFunction, Origin>();
  /** By line and column: a function that is made again and again at one place is looked for once. */
  readonly #places = new WeakMap<Script, Map<string, FoundFunction>>();
  readonly #usages = new WeakMap<FoundFunction, Usage>();
  /** By the packages that are left out. */
  readonly #shared = new WeakMap<Program, Map<string, SharedParts>>();

  /** @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` */
  find(fn: LiveFunction): FoundFunction {
    const { name } = fn;
    const place = placeOf(fn);
    const builtin = place === undefined || place.script.url.startsWith("node:") ? builtinExport(fn) : undefined;
    if (builtin !== undefined) return this.#asExport(builtin, name);
    if (place === undefined) {
      const native = NATIVE.test(Function.prototype.toString.call(fn));
      if (native) throw notSelfContained(name, undefined, "it is bound or native", "wrap it: (x) => theFunction(x)");
      throw notSelfContained(name, undefined, "its source is not to be found");
    }
    const at = `${place.line}:${place.column}`;
    let known = this.#places.get(place.script);
    if (known === undefined) this.#places.set(place.script, (known = new Map()));
    const found = known.get(at) ?? this.#findWritten(fn, place);
    known.set(at, found);
    return found;
  }

  #findWritten(fn: LiveFunction, place: FunctionPlace): FoundFunction {
    const { name } = fn;
    const written = writtenPlace(place);
    if (written === undefined) throw notSelfContained(name, undefined, "it was not loaded from a file");
    const { file } = written;
    const ofPackage = packageExport(fn, file.path);
    if (ofPackage !== undefined) return this.#asExport(ofPackage, name);
    const program = this.#programOf(file, name);
    const definition = definitionOf(fn, program, written);
    if (definition === undefined) throw notSelfContained(name, file.path, "its file says nothing like it");
    checkSelfContained(program, name, file, definition);
    const key = `${file.path}:${definition.node.start}`;
    return this.#found(key, name, { file, program, definition });
  }

  /**
   * What has to be bundled for these functions, which this finder has found.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` for what their declarations lack
   */
  parts(found: readonly FoundFunction[]): FunctionParts {
    const names = uniqueNames(found);
    const byFile = new Map<
      SourceFile,
      { readonly program: Program; readonly wanted: Wanted[]; readonly at: number[] }
    >();
    const imports: { from: string; key: string; name: string }[] = [];
    let folder: string | undefined;
    found.forEach((one, at) => {
      const origin = this.#originOf(one);
      const name = names[at] ?? "";
      if ("export" in origin) {
        imports[at] = { from: origin.export.module, key: origin.export.key, name };
        folder ??= origin.export.from;
        return;
      }
      const { file, program, definition } = origin;
      let part = byFile.get(file);
      if (part === undefined) byFile.set(file, (part = { program, wanted: [], at: [] }));
      part.wanted.push({ definition, name: one.name });
      part.at.push(at);
    });
    const files = Array.from(byFile, ([file, { program, wanted, at }]) => {
      const { text, exports } = extract(program, wanted, checksOf(program, file));
      exports.forEach((key, index) => {
        const place = at[index] ?? 0;
        imports[place] = { from: file.path, key, name: names[place] ?? "" };
      });
      return { path: file.path, text, map: file.map };
    });
    return { files, imports, folder };
  }

  /**
   * The same for one function. Of one that uses what functions of its file change only functions and constants are its own:
   * what else its file declares or imports are parts that all such functions of the file share. Of others what may be
   * classes of errors is exported as well, by its name behind {@link OWN}.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED` for what its declarations lack
   */
  sharingParts(found: FoundFunction, packages: readonly string[]): SharingParts {
    const origin = this.#originOf(found);
    if ("export" in origin) return { ...this.parts([found]), shared: [] };
    const { usesChanged, reached } = this.#usageOf(found, origin);
    if (!usesChanged) return { ...withClasses(this.parts([found]), origin, reached), shared: [] };
    const shared = this.#sharedOf(origin.program, packages);
    const wanted: Wanted = { definition: origin.definition, name: found.name };
    const [name = ""] = uniqueNames([found]);
    const part = extract(origin.program, [wanted], checksOf(origin.program, origin.file), shared);
    return sharing(origin, part, [name], wanted, shared);
  }

  /**
   * Refuses a function that uses what others change, unless one of `given` does so as well.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  checkChanges(found: FoundFunction, given: readonly FoundFunction[]): void {
    const origin = this.#originOf(found);
    if ("export" in origin) return;
    const { program, file } = origin;
    const { changedBeside } = this.#usageOf(found, origin);
    if (changedBeside.length === 0) return;
    const changed = new Set([found, ...given].flatMap((one) => this.#changesIn(program, one)));
    for (const change of changedBeside) {
      if (!changed.has(change.name)) refuseChange(program, found.name, file, change, CHANGED_IN_POOL);
    }
  }

  #changesIn(program: Program, one: FoundFunction): string[] {
    const other = this.#originOf(one);
    return "export" in other || other.program !== program ? [] : [...this.#usageOf(one, other).changes];
  }

  /**
   * Refuses a function whose bundle, of these `files`, has a copy of a file of which functions of `given` change something:
   * it would not see that.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  checkCopies(found: FoundFunction, files: ReadonlySet<string>, given: readonly FoundFunction[]): void {
    const origin = this.#originOf(found);
    const path = "export" in origin ? undefined : origin.file.path;
    for (const one of given) {
      const other = this.#originOf(one);
      if ("export" in other || other.file.path === path || !files.has(other.file.path)) continue;
      if (!this.#usageOf(one, other).usesChanged) continue;
      const file = basename(other.file.path);
      throw notSelfContained(
        found.name,
        path,
        `it has a copy of ${file}, and would not see what ${one.name} changes there`,
        `give the pool functions that ${file} exports; a package named in packages is there once`,
      );
    }
  }

  /**
   * Refuses a function that shares what its file imports, when a file is in two of its bundles.
   * @throws {SkeinError} `FUNCTION_NOT_SELF_CONTAINED`
   */
  checkTwice(found: FoundFunction, bundles: readonly ReadonlySet<string>[]): void {
    const origin = this.#originOf(found);
    if ("export" in origin) return;
    const seen = new Set<string>();
    for (const file of bundles.flatMap((files) => [...files])) {
      if (file !== origin.file.path && seen.has(file)) {
        throw notSelfContained(
          found.name,
          origin.file.path,
          `it shares what its file declares, and two of the imports lead to ${basename(file)}, which would be there twice`,
          `have one import that leads there, or keep what is shared in a file of its own`,
        );
      }
      seen.add(file);
    }
  }

  /** Looked for once: a function that is made again and again is described at each call. */
  #usageOf(found: FoundFunction, { program, definition }: Written): Usage {
    let usage = this.#usages.get(found);
    if (usage === undefined) {
      const changedBeside: Change[] = [];
      const { reached, changes } = extract(program, [{ definition, name: found.name }], {
        reached: () => undefined,
        changed: (_, change) => changedBeside.push(change),
      });
      const isUsed = ({ name, inFunction }: Change): boolean => inFunction && (reached.has(name) || changes.has(name));
      usage = { reached, changes, changedBeside, usesChanged: program.changes.some(isUsed) };
      this.#usages.set(found, usage);
    }
    return usage;
  }

  /** The classes with a base that a function sees around itself, and that these bundles export. */
  classesIn(fn: LiveFunction, bundles: readonly Pick<Bundle, "digest" | "exports">[]): ExportedClass[] {
    const around = classesAround(fn);
    return bundles.flatMap(({ digest, exports }) =>
      exports.flatMap((key) => {
        const name = key.startsWith(OWN) ? key.slice(OWN.length) : key;
        return around.has(name) ? [{ digest, key, value: around.get(name) }] : [];
      }),
    );
  }

  #sharedOf(program: Program, packages: readonly string[]): SharedParts {
    let all = this.#shared.get(program);
    if (all === undefined) this.#shared.set(program, (all = new Map()));
    const key = packages.join(" ");
    let shared = all.get(key);
    if (shared === undefined) all.set(key, (shared = new SharedParts(program, packages)));
    return shared;
  }

  #originOf(found: FoundFunction): Origin {
    const origin = this.#origins.get(found);
    if (origin === undefined) throw new TypeError("this finder has not found the function");
    return origin;
  }

  #asExport(from: ModuleExport, name: string): FoundFunction {
    return this.#found(`${from.module}#${from.key}`, name, { export: from });
  }

  #found(key: string, name: string, origin: Origin): FoundFunction {
    const found: FoundFunction = { key, name };
    this.#origins.set(found, origin);
    return found;
  }

  #programOf(file: SourceFile, name: string): Program {
    const known = this.#programs.get(file);
    if (known !== undefined) return known;
    try {
      const program = new Program(file.text);
      this.#programs.set(file, program);
      return program;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw notSelfContained(name, file.path, `its file can't be parsed: ${why}`);
    }
  }
}

/** Before names of classes that a function's bundle exports. */
const OWN = "skein_own_";

/** The same, and what may be a class of what the function has reached is exported, too. */
function withClasses(parts: FunctionParts, { file, program }: Written, reached: ReadonlySet<string>): FunctionParts {
  const names = [...reached].filter((name) => mayBeClass(program, name));
  const tail = names.map((name) => `export { ${name} as ${OWN}${name} };\n`).join("");
  return {
    ...parts,
    files: parts.files.map((part) => ({ ...part, text: part.text + tail })),
    imports: [...parts.imports, ...names.map((name) => ({ from: file.path, key: OWN + name, name: OWN + name }))],
  };
}

/** A class with a base, or an import: whole modules are left out, they would come with all that is in them. */
function mayBeClass(program: Program, name: string): boolean {
  const whole = program.imports.get(name);
  if (whole !== undefined) return !whole;
  const statement = program.declared.get(name);
  return statement !== undefined && isNode(declarationOf(statement)["superClass"]);
}

const checksOf = (program: Program, file: SourceFile): OnReached => ({
  reached: (one, name, statement) => checkDeclaration(program, one.name, file, statement, name),
  changed: (one, change) => refuseChange(program, one.name, file, change, CHANGED_IN_JOB),
});

/** The part of a file, and those that it imports; `wanted` is who needs them. */
function sharing(
  origin: Written,
  { text, exports, imports }: ExtractedPart,
  names: readonly string[],
  wanted: Wanted,
  shared: SharedParts,
): SharingParts {
  const { file, program } = origin;
  return {
    files: [{ path: file.path, text, map: file.map }],
    imports: exports.map((key, at) => ({ from: file.path, key, name: names[at] ?? key })),
    folder: undefined,
    shared: imports.map((group) => ({
      group,
      specifier: sharedSpecifier(group),
      parts: () => {
        // Two files may say the same, and are two all the same.
        const id = hash("sha256", `${file.path} ${group.key}`).slice(0, 16);
        const part = extractShared(program, group, wanted, checksOf(program, file), shared, id);
        return sharing(origin, part, part.exports, wanted, shared);
      },
    })),
  };
}

/** What each is exported as: its own name where it has one, with a number where another has it too. */
function uniqueNames(found: readonly FoundFunction[]): string[] {
  const taken = new Set<string>();
  return found.map(({ name }) => {
    const wished = IDENTIFIER.test(name) && name !== "default" ? name : "anonymous";
    let free = wished;
    for (let n = 2; taken.has(free); n += 1) free = `${wished}_${n}`;
    taken.add(free);
    return free;
  });
}
