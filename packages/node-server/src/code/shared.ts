/** What of a module is there once in a process, whichever of its functions use it: what it imports, its classes, and variables that hold more than a constant. */
import { isBuiltin } from "node:module";
import { fills } from "./extract.ts";
import { isNode, nameIn, type Node } from "./node.ts";
import { type Change, declarationOf, type Program } from "./program.ts";

/** Declarations and imports that need each other, and go together; most often it is one. */
export interface SharedGroup {
  /** Where the first begins. */
  readonly key: number;
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
    if (!this.#groups.has(statement)) this.#findGroups(statement);
    return this.#groups.get(statement);
  }

  /** Its group, and those of all that it needs: what needs each other in a circle, by Tarjan's way. */
  #findGroups(statement: Node): void {
    const order = new Map<Node, number>();
    const open: Node[] = [];
    /** @returns the first in order that it leads back to */
    const visit = (one: Node): number => {
      const own = order.size;
      let first = own;
      order.set(one, own);
      open.push(one);
      for (const next of this.#neededBy(one)) {
        // What has a group is done, and leads nowhere that is not.
        if (!this.#groups.has(next)) first = Math.min(first, order.get(next) ?? visit(next));
      }
      if (first === own) this.#group(open.splice(open.lastIndexOf(one)));
      return first;
    };
    visit(statement);
  }

  #group(members: readonly Node[]): void {
    const statements = members.toSorted((a, b) => a.start - b.start);
    const names = statements.flatMap((one) => this.#namesOf.get(one) ?? []);
    const isChanged = (name: string): boolean => this.#changes.get(name)?.some(({ what }) => what === "name") === true;
    const group: SharedGroup = { key: statements[0]?.start ?? 0, names, changed: names.filter(isChanged) };
    for (const one of statements) this.#groups.set(one, group);
  }

  /** What is shared and needed by what stands here, or by the functions that it uses. */
  #neededBy(statement: Node): readonly Node[] {
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
    return [...needs];
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
