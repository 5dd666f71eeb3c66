/** Makes of a module the part that some of its functions need: what else stands in it is blanked, so lines and columns stay. */
import { isNode, nameIn, type Node } from "./node.ts";
import { Page } from "./page.ts";
import { type Change, declarationOf, type Definition, type Program, type Use } from "./program.ts";
import type { SharedGroup, SharedParts } from "./shared.ts";

/** A function to keep, and what it is called by those who import it. */
export interface Wanted {
  readonly definition: Definition;
  readonly name: string;
}

export interface ExtractedPart {
  readonly text: string;
  /** What each function, or what is shared, is exported as, in order. */
  readonly exports: readonly string[];
  /** What is imported of what is shared. */
  readonly imports: readonly SharedGroup[];
}

export interface Extract extends ExtractedPart {
  /** Names whose values or contents the functions, and what they reach, change. */
  readonly changes: ReadonlySet<string>;
  /** What is kept, by the names that the functions, and what they reach, have for it. */
  readonly reached: ReadonlySet<string>;
}

export interface OnReached {
  /** Called for each declaration that the functions reach, and what fills it, before it is kept; may throw. */
  readonly reached: (wanted: Wanted, name: string, statement: Node) => void;
  /** Called for each change of what they reach by what stays here; may throw. */
  readonly changed: (wanted: Wanted, change: Change) => void;
}

/**
 * Keeps the functions, the declarations and imports they reach, and the statements at the top level that fill these:
 * `table.set("a", 1);`, `Shape.prototype.area = …;`.
 */
export function extract(program: Program, wanted: readonly Wanted[], on: OnReached, shared?: SharedParts): Extract {
  const keeping: Keeping = { kept: new Set(), names: new Map(), imports: new Map(), on, shared, own: undefined };
  const { kept, names } = keeping;
  for (const one of wanted) {
    const local = topLevelName(one.definition);
    if (local === undefined) keep(program, one, one.definition.node, keeping);
    else keepOne(program, one, local, one.definition.statement, keeping);
  }
  keepFills(program, keeping);
  const parts = [...kept, ...wanted.map(({ definition }) => definition.node)];
  const changes = new Set<string>();
  for (const change of program.changes) {
    const one = names.get(change.name);
    const stays = !parts.some(({ start, end }) => start <= change.node.start && change.node.end <= end);
    if (!stays) changes.add(change.name);
    // What functions that stay here do to the content may be a cache of theirs.
    else if (one !== undefined && (change.what === "name" || !change.inFunction)) on.changed(one, change);
  }
  const { page, tail } = written(program, keeping);
  const exports = wanted.map((one, index) => {
    const exported = `skein_${index}`;
    const local = topLevelName(one.definition) ?? `skein_local_${index}`;
    if (topLevelName(one.definition) === undefined) {
      const { node, statement } = one.definition;
      const { before, after } = bindingOf(program, one, local);
      // What stands inside something else that is kept is written again below it.
      if (kept.has(statement) || !page.keep(node, `;${before}`, after))
        tail.push(`${before}${page.slice(node.start, node.end)}${after}`);
    }
    tail.push(`export { ${local} as ${exported} };`);
    return exported;
  });
  const reached = new Set(names.keys());
  return {
    text: `${page.text()}\n${tail.join("\n")}\n`,
    exports,
    changes,
    reached,
    imports: [...keeping.imports.keys()],
  };
}

/** The same of what is shared: a module that exports the names of a group, and `id`, by which no other is the same. */
export function extractShared(
  program: Program,
  own: SharedGroup,
  wanted: Wanted,
  on: OnReached,
  shared: SharedParts,
  id: string,
): ExtractedPart {
  const keeping: Keeping = { kept: new Set(), names: new Map(), imports: new Map(), on, shared, own };
  for (const name of own.names) {
    const statement = program.declared.get(name);
    if (statement !== undefined) keepOne(program, wanted, name, statement, keeping);
  }
  keepFills(program, keeping);
  const { page, tail } = written(program, keeping);
  const setters = own.changed.map(
    (name) => `get ${name}() { return ${name}; }, set ${name}(value) { ${name} = value; }`,
  );
  tail.push(
    `export { ${own.names.join(", ")} };`,
    `export const skein_set = { ${setters.join(", ")} }, skein_id = ${JSON.stringify(id)};`,
  );
  const exports = [...own.names, "skein_set", "skein_id"];
  const text = `${page.text()}\n${tail.join("\n")}\n`;
  return { text, exports, imports: [...keeping.imports.keys()] };
}

/** What a part imports a group by. */
export const sharedSpecifier = ({ key }: SharedGroup): string => `skein-shared:${key}`;

/** What is kept, in its lines, and what stands below it. */
function written(program: Program, { kept, imports }: Keeping): { page: Page; tail: string[] } {
  const page = new Page(program.text);
  for (const statement of kept) {
    const kind = program.variables.get(statement);
    if (kind === undefined) page.keep(withoutExport(statement));
    else page.keep(statement, `;${kind} `, ";");
  }
  const tail: string[] = [];
  for (const [group, names] of Array.from(imports).toSorted(([a], [b]) => a.key - b.key)) {
    const set = `skein_set_${group.key}`;
    const setter = group.changed.length === 0 ? [] : [`skein_set as ${set}`];
    tail.push(`import { ${[...names, ...setter].join(", ")} } from "${sharedSpecifier(group)}";`);
    for (const { name, target } of program.changes) {
      if (target === undefined || !names.has(name)) continue;
      page.replace(target, `${target.isShort ? `${name}: ` : ""}${set}.${name}`);
    }
  }
  return { page, tail };
}

/** The name by which the module itself has the function: it is a declaration of its own. */
function topLevelName({ node, parent, statement }: Definition): string | undefined {
  const declaration = declarationOf(statement);
  if (node === declaration) return nameIn(node["id"]);
  if (statement === parent) return parent["init"] === node ? nameIn(parent["id"]) : undefined;
  const declarators = declaration["declarations"];
  const isDeclared = Array.isArray(declarators) && declarators.includes(parent) && parent["init"] === node;
  return isDeclared ? nameIn(parent["id"]) : undefined;
}

interface Keeping {
  readonly kept: Set<Node>;
  /** What is reached at the top level, and by which function first. */
  readonly names: Map<string, Wanted>;
  readonly on: OnReached;
  readonly shared: SharedParts | undefined;
  /** What is made is this group. */
  readonly own: SharedGroup | undefined;
  readonly imports: Map<SharedGroup, Set<string>>;
}

function keep(program: Program, wanted: Wanted, part: Node, keeping: Keeping): void {
  for (const { kind, name, topLevel } of program.usesOf(part)) {
    const statement = kind === "name" && topLevel ? program.declared.get(name) : undefined;
    if (statement !== undefined) keepOne(program, wanted, name, statement, keeping);
  }
}

/** Keeps what is declared by that name, with all that it reaches, or imports it. */
function keepOne(program: Program, wanted: Wanted, name: string, statement: Node, keeping: Keeping): void {
  const { kept, names, on, shared, own, imports } = keeping;
  const group = shared?.groupOf(statement);
  if (group !== undefined && group !== own) {
    imports.set(group, (imports.get(group) ?? new Set()).add(name));
    return;
  }
  if (!names.has(name)) names.set(name, wanted);
  if (kept.has(statement)) return;
  on.reached(wanted, name, statement);
  kept.add(statement);
  keep(program, wanted, statement, keeping);
}

/** What is kept for one name may reach others: the map grows while it is gone over. */
function keepFills(program: Program, keeping: Keeping): void {
  const { kept, names, on } = keeping;
  for (const [name, one] of names) {
    for (const { statement } of program.changes.filter((change) => change.name === name && fills(change))) {
      if (kept.has(statement)) continue;
      on.reached(one, name, statement);
      kept.add(statement);
      keep(program, one, statement, keeping);
    }
  }
}

/** Whether it is a statement of its own at the top level: the other half of a declaration. */
export function fills({ node, statement }: Change): boolean {
  const { expression } = statement;
  if (statement.type !== "ExpressionStatement" || !isNode(expression)) return false;
  return expression === node || isNamespace(expression, node);
}

/** `(function (Space) { … })(Space || (Space = {}))`, as TypeScript's namespaces become. */
function isNamespace({ type, arguments: given }: Node, change: Node): boolean {
  const [first]: unknown[] = type === "CallExpression" && Array.isArray(given) ? given : [];
  return isNode(first) && first.start <= change.start && change.end <= first.end;
}

/** What stands around the text of a function that has no declaration of its own, so that it keeps its name. */
function bindingOf(program: Program, { definition, name }: Wanted, local: string): { before: string; after: string } {
  const { node, parent } = definition;
  const key = JSON.stringify(name === "" ? "anonymous" : name);
  const after = ` }[${key}];`;
  const isMethod = parent["method"] === true || (parent.type === "MethodDefinition" && parent["kind"] === "method");
  if (isMethod) {
    const head = `${node["async"] === true ? "async " : ""}${node["generator"] === true ? "*" : ""}${key}`;
    return { before: `const ${local} = { ${head}`, after };
  }
  const own = nameIn(parent["id"]);
  // An inner `const f = …` that calls itself by that name.
  if (own !== undefined && program.usesOf(node).some((use) => isOwnName(use, definition)))
    return { before: `const ${own} = `, after: `; const ${local} = ${own};` };
  return { before: `const ${local} = { ${key}: `, after };
}

/** The statement without the words that export it. */
function withoutExport(statement: Node): Node {
  const declaration = declarationOf(statement);
  return declaration === statement ? statement : { ...declaration, end: statement.end };
}

/** Whether a function in `const f = …` means itself by `f`. */
export function isOwnName({ kind, name, topLevel, home }: Use, { node, parent }: Definition): boolean {
  if (kind !== "name" || topLevel || parent["init"] !== node || nameIn(parent["id"]) !== name) return false;
  return home !== undefined && home.start <= parent.start && parent.end <= home.end;
}
