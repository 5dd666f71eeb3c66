/** A parsed module: its top-level declarations, and for any part of it the names that this part takes from around it. */
import { parse, type Program as Tree } from "acorn";
import isReference from "is-reference";
import { analyze, type Scope } from "periscopic";
import { type Changed, changedBy } from "./changes.ts";
import { isNode, nameIn, type Node } from "./node.ts";

/** A function or class somewhere in the module. */
export interface Definition {
  readonly node: Node;
  readonly parent: Node;
  /** What it stands in of the module: a top-level statement, or one of several variables that a statement declares. */
  readonly statement: Node;
}

export type UseKind = "name" | "import.meta" | "super" | "private" | "this" | "await" | "using";

/** Something that a place of the module uses. */
export interface Use {
  readonly kind: UseKind;
  readonly name: string;
  readonly index: number;
  /** Where what it means is declared, as a range of the text; `undefined` for what is not declared in the module. */
  readonly home: { readonly start: number; readonly end: number } | undefined;
  readonly topLevel: boolean;
}

/** A place where the module changes what one of its top-level names stands for, after declaring it. */
export interface Change extends Changed {
  readonly node: Node;
  /** The top-level statement it stands in. */
  readonly statement: Node;
  readonly inFunction: boolean;
}

/** What `analyze` and `isReference` take: ESTree, which acorn's trees are. */
type Estree = Parameters<typeof analyze>[0];
type Reference = Parameters<typeof isReference>[0];

export class Program {
  readonly text: string;
  readonly definitions: readonly Definition[];
  /** Statements, or variables of those that declare several, by the names they declare. */
  readonly declared: ReadonlyMap<string, Node>;
  /** `const`, `let` or `var` of variables that are declared together with others. */
  readonly variables: ReadonlyMap<Node, string>;
  /** Names that are imported, and whether they stand for a whole module. */
  readonly imports: ReadonlyMap<string, boolean>;
  readonly changes: readonly Change[];
  readonly #uses: readonly Use[];
  readonly #lineStarts: readonly number[];

  /** @throws {SyntaxError} */
  constructor(text: string) {
    this.text = text;
    const tree: Tree = parse(text, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowHashBang: true,
      allowReturnOutsideFunction: true,
    });
    // acorn's nodes have these fields.
    const statements = tree.body as unknown as Node[];
    this.variables = new Map(statements.flatMap(variablesOf));
    this.imports = new Map(statements.flatMap(importsOf));
    const parts = [...statements.filter((one) => variablesOf(one).length === 0), ...this.variables.keys()];
    this.declared = new Map(parts.flatMap((one) => namesOf(one).map((name) => [name, one] as const)));
    const walk = new Walk(tree as unknown as Estree, this.declared, this.variables);
    for (const statement of statements) walk.visit(statement, tree as unknown as Node, statement);
    this.definitions = walk.definitions;
    this.changes = walk.changes;
    this.#uses = walk.uses;
    this.#lineStarts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  }

  /** What `part` uses that is not its own. */
  usesOf(part: Node): readonly Use[] {
    return this.#uses.filter(({ index, home }) => within(index, part) && !(home && within(home.start, part)));
  }

  /** Lines and columns from 0. */
  positionOf(index: number): { readonly line: number; readonly column: number } {
    let line = this.#lineStarts.findLastIndex((start) => start <= index);
    if (line < 0) line = 0;
    return { line, column: index - (this.#lineStarts[line] ?? 0) };
  }

  indexOf({ line, column }: { readonly line: number; readonly column: number }): number {
    return (this.#lineStarts[line] ?? 0) + column;
  }
}

const within = (index: number, { start, end }: { readonly start: number; readonly end: number }): boolean =>
  index >= start && index < end;

/** The declaration inside an export, or the statement itself. */
export function declarationOf(statement: Node): Node {
  const { declaration } = statement;
  return /^Export(Named|Default)Declaration$/.test(statement.type) && isNode(declaration) ? declaration : statement;
}

const nodesIn = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The variables of a statement that declares several: each can be kept without the others. */
function variablesOf(statement: Node): [Node, string][] {
  const { type, declarations, kind } = declarationOf(statement);
  if (type !== "VariableDeclaration" || nodesIn(declarations).length < 2 || String(kind).endsWith("using")) return [];
  return nodesIn(declarations).map((one) => [one, String(kind)]);
}

function importsOf({ type, specifiers }: Node): [string, boolean][] {
  if (type !== "ImportDeclaration") return [];
  return nodesIn(specifiers).flatMap((one): [string, boolean][] => {
    const name = nameIn(one["local"]);
    return name === undefined ? [] : [[name, one.type === "ImportNamespaceSpecifier"]];
  });
}

/** Names that a top-level statement, or one variable of it, declares. */
function namesOf(statement: Node): string[] {
  const declaration = declarationOf(statement);
  if (declaration.type === "VariableDeclarator") return patternNames(declaration["id"]);
  if (declaration.type === "ImportDeclaration") {
    return nodesIn(declaration["specifiers"]).flatMap(({ local }) => nameIn(local) ?? []);
  }
  if (declaration.type === "VariableDeclaration") {
    return nodesIn(declaration["declarations"]).flatMap(({ id }) => patternNames(id));
  }
  const name = /^(Function|Class)Declaration$/.test(declaration.type) ? nameIn(declaration["id"]) : undefined;
  return name === undefined ? [] : [name];
}

function patternNames(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  const name = nameIn(pattern);
  if (name !== undefined) return [name];
  switch (pattern.type) {
    case "ObjectPattern":
      return nodesIn(pattern["properties"]).flatMap((one) => patternNames(one["value"] ?? one["argument"]));
    case "ArrayPattern":
      return nodesIn(pattern["elements"]).flatMap(patternNames);
    case "AssignmentPattern":
      return patternNames(pattern["left"]);
    case "RestElement":
      return patternNames(pattern["argument"]);
    default:
      return [];
  }
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;
const CLASS = /^Class(Declaration|Expression)$/;
/** What gives `this` a meaning of its own. */
const OWN_THIS = /^(FunctionDeclaration|FunctionExpression|PropertyDefinition|StaticBlock)$/;

/** Where the walk is. */
interface Place {
  readonly scope: Scope | undefined;
  readonly thisOwner: Node | undefined;
  readonly classes: readonly Node[];
  readonly inFunction: boolean;
}

class Walk {
  readonly definitions: Definition[] = [];
  readonly uses: Use[] = [];
  readonly changes: Change[] = [];
  readonly #scopes: WeakMap<object, Scope>;
  readonly #root: Scope;
  readonly #declared: ReadonlyMap<string, Node>;
  readonly #variables: ReadonlyMap<Node, string>;

  constructor(tree: Estree, declared: ReadonlyMap<string, Node>, variables: ReadonlyMap<Node, string>) {
    const { map, scope } = analyze(tree);
    this.#scopes = map;
    this.#root = scope;
    this.#declared = declared;
    this.#variables = variables;
  }

  visit(node: Node, parent: Node, around: Node, place: Place = TOP): void {
    const statement = this.#variables.has(node) ? node : around;
    if (FUNCTION.test(node.type) || CLASS.test(node.type)) this.definitions.push({ node, parent, statement });
    this.#look(node, parent, place);
    for (const changed of changedBy(node)) {
      if (!this.#isTopLevel(changed.name, place.scope)) continue;
      this.changes.push({ ...changed, node, statement, inFunction: place.inFunction });
    }
    const inside: Place = {
      scope: this.#scopes.get(node) ?? place.scope,
      thisOwner: OWN_THIS.test(node.type) ? node : place.thisOwner,
      classes: CLASS.test(node.type) ? [...place.classes, node] : place.classes,
      inFunction: place.inFunction || FUNCTION.test(node.type),
    };
    for (const field of Object.values(node)) {
      if (Array.isArray(field)) {
        for (const item of field) if (isNode(item)) this.visit(item, node, statement, inside);
      } else if (isNode(field)) this.visit(field, node, statement, inside);
    }
  }

  #isTopLevel(name: string, scope: Scope | undefined): boolean {
    const owner = scope?.find_owner(name);
    return this.#declared.has(name) && (owner === undefined || owner === null || owner === this.#root);
  }

  #look(node: Node, parent: Node, place: Place): void {
    switch (node.type) {
      case "Identifier":
        // ESTree's nodes, of which isReference reads the types.
        if (parent.type === "MetaProperty") return;
        if (isReference(node as unknown as Reference, parent as unknown as Reference)) this.#name(node, parent, place);
        return;
      case "MetaProperty":
        if (nameIn(node["meta"]) === "import") this.#add("import.meta", node);
        return;
      case "Super":
        this.#add("super", node, place.classes.at(-1));
        return;
      case "PrivateIdentifier":
        this.#add(
          "private",
          node,
          place.classes.findLast((one) => declaresPrivate(one, node["name"])),
        );
        return;
      case "ThisExpression":
        if (place.thisOwner !== undefined) this.#add("this", node, place.thisOwner);
        return;
      case "AwaitExpression":
        if (!place.inFunction) this.#add("await", node);
        return;
      case "ForOfStatement":
        if (node["await"] === true && !place.inFunction) this.#add("await", node);
        return;
      case "VariableDeclaration":
        if (!place.inFunction && String(node["kind"]).endsWith("using")) this.#add("using", node);
        return;
      default:
    }
  }

  #name(node: Node, parent: Node, { scope, classes, thisOwner }: Place): void {
    const name = nameIn(node) ?? "";
    const topLevel = (): void => {
      const home = this.#declared.get(name);
      this.uses.push({ kind: "name", name, index: node.start, home, topLevel: home !== undefined });
    };
    if (name === "arguments" && thisOwner !== undefined) {
      this.#add("this", node, thisOwner);
      return;
    }
    const owner = scope?.find_owner(name);
    if (owner === undefined || owner === null || owner === this.#root) {
      const named = classes.findLast((one) => nameIn(one["id"]) === name);
      // A name that is only asked for may be missing everywhere.
      const asked = parent.type === "UnaryExpression" && parent["operator"] === "typeof";
      if (named !== undefined)
        this.uses.push({
          kind: "name",
          name,
          index: node.start,
          home: named,
          topLevel: this.#declared.get(name) === named,
        });
      else if (!asked || this.#declared.has(name)) topLevel();
      return;
    }
    // Positions are acorn's, which periscopic hands through.
    const home = owner.declarations.get(name) as unknown as Node | undefined;
    this.uses.push({ kind: "name", name, index: node.start, home, topLevel: false });
  }

  #add(kind: UseKind, node: Node, home?: Node): void {
    this.uses.push({ kind, name: kind, index: node.start, home, topLevel: false });
  }
}

const TOP: Place = { scope: undefined, thisOwner: undefined, classes: [], inFunction: false };

function declaresPrivate(one: Node, name: unknown): boolean {
  const { body } = one;
  if (!isNode(body)) return false;
  return nodesIn(body["body"]).some(
    ({ key }) => isNode(key) && key.type === "PrivateIdentifier" && key["name"] === name,
  );
}
