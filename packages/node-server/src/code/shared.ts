/** What of a module is there once in a process, whichever of its functions use it: what it imports, its classes, and variables that hold more than a constant. */
import { isBuiltin } from "node:module";
import { fills } from "./extract.ts";
import { isNode, nameIn, type Node } from "./node.ts";
import { type Change, declarationOf, type Program } from "./program.ts";

/** Declarations and imports that need each other, and go together; most often it is one. */
export interface SharedGroup {
  /** Where the first begins. */
  readonly key: number;
  readonly statements: ReadonlySet<Node>;
  /** What they declare or import. */
  readonly names: readonly string[];
  /** Those of them that functions give other values. */
  readonly changed: readonly string[];
}

const FUNCTION = /^(Arrow)?Function(Expression|Declaration)$/;
/** What only makes one constant of others. */
const CONSTANT = /^(Literal|TemplateLiteral|UnaryExpression|BinaryExpression|LogicalExpression|Identifier)$/;
const PARTS: readonly string[] = ["left", "right", "argument", "expressions"];

export class SharedParts {
  readonly #program: Program;
  readonly #isOutside: (source: string) => boolean;
  readonly #namesOf = new Map<Node, string[]>();
  readonly #changes: ReadonlyMap<string, readonly Change[]>;
  readonly #groups = new Map<Node, SharedGroup>();
  readonly #shared = new Map<Node, boolean>();
  readonly #needs = new Map<Node, readonly Node[]>();

  /** `packages` are imported where they are installed, so that they are shared as they are. */
  constructor(program: Program, packages: readonly string[]) {
    this.#program = program;
    this.#changes = Map.groupBy(program.changes, ({ name }) => name);
    for (const [name, statement] of program.declared) {
      const names = this.#namesOf.get(statement);
      if (names === undefined) this.#namesOf.set(statement, [name]);
      else names.push(name);
    }
    const left = ["skein", "@skein", ...packages];
    this.#isOutside = (source) =>
      isBuiltin(source) || left.some((name) => source === name || source.startsWith(`${name}/`));
  }

  /** The group that a declaration or import belongs to; `undefined` for what each function has of its own. */
  groupOf(statement: Node): SharedGroup | undefined {
    if (!this.#isShared(statement)) return undefined;
    let group = this.#groups.get(statement);
    if (group === undefined) {
      group = this.#group(statement);
      for (const one of group.statements) this.#groups.set(one, group);
    }
    return group;
  }

  #group(statement: Node): SharedGroup {
    const both = [...this.#reach(statement)].filter((one) => this.#reach(one).has(statement));
    const statements = [...new Set([statement, ...both])].toSorted((a, b) => a.start - b.start);
    const names = statements.flatMap((one) => this.#namesOf.get(one) ?? []);
    const isChanged = (name: string): boolean => this.#changes.get(name)?.some(({ what }) => what === "name") === true;
    return { key: statements[0]?.start ?? 0, statements: new Set(statements), names, changed: names.filter(isChanged) };
  }

  /** All that is needed before it is there, however far away. */
  #reach(statement: Node): Set<Node> {
    const reached = new Set<Node>();
    const look = (one: Node): void => {
      for (const next of this.#neededBy(one)) {
        if (reached.has(next)) continue;
        reached.add(next);
        look(next);
      }
    };
    look(statement);
    return reached;
  }

  /** What is shared and needed by what stands here, or by the functions that it uses. */
  #neededBy(statement: Node): readonly Node[] {
    const known = this.#needs.get(statement);
    if (known !== undefined) return known;
    const { declared } = this.#program;
    const needs = new Set<Node>(this.#sameSource(statement));
    const seen = new Set<Node>();
    const look = (part: Node): void => {
      for (const { kind, name, topLevel } of this.#program.usesOf(part)) {
        const used = kind === "name" && topLevel ? declared.get(name) : undefined;
        if (used === undefined || seen.has(used)) continue;
        seen.add(used);
        if (this.#isShared(used)) needs.add(used);
        else look(used);
      }
    };
    look(statement);
    for (const name of this.#namesOf.get(statement) ?? []) {
      for (const change of this.#changes.get(name) ?? []) if (fills(change)) look(change.statement);
    }
    const found = [...needs];
    this.#needs.set(statement, found);
    return found;
  }

  /** A module that is imported twice is there once. */
  #sameSource(statement: Node): Node[] {
    if (statement.type !== "ImportDeclaration") return [];
    const source = sourceOf(statement);
    return [...this.#namesOf.keys()].filter((one) => one.type === "ImportDeclaration" && sourceOf(one) === source);
  }

  #isShared(statement: Node): boolean {
    let is = this.#shared.get(statement);
    if (is === undefined) {
      this.#shared.set(statement, true); // as long as it is asked of itself
      is = this.#isMore(statement);
      this.#shared.set(statement, is);
    }
    return is;
  }

  /** Than functions and constants that nobody changes, of which each may have its own. */
  #isMore(statement: Node): boolean {
    if (statement.type === "ImportDeclaration") return !this.#isOutside(sourceOf(statement));
    if (this.#namesOf.get(statement)?.some((name) => this.#changes.has(name)) === true) return true;
    const declaration = declarationOf(statement);
    if (FUNCTION.test(declaration.type)) return false;
    const { declarations } = declaration;
    const variables: readonly unknown[] = Array.isArray(declarations) ? declarations : [declaration];
    return !variables.every((one) => isNode(one) && this.#isConstantOne(one));
  }

  #isConstantOne({ type, id, init }: Node): boolean {
    return type === "VariableDeclarator" && nameIn(id) !== undefined && this.#isConstant(init);
  }

  #isConstant(value: unknown): boolean {
    if (!isNode(value) || FUNCTION.test(value.type)) return true;
    const used = this.#program.declared.get(nameIn(value) ?? "");
    if (used !== undefined) return !this.#isShared(used);
    if (!CONSTANT.test(value.type) || "regex" in value) return false;
    return PARTS.every((part) => [value[part]].flat().every((one) => this.#isConstant(one)));
  }
}

const sourceOf = ({ source }: Node): string => (isNode(source) ? String(source["value"]) : "");
