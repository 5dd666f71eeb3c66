/** Which names a function uses that it doesn't have: found by parsing its source, before it is sent anywhere. */
import { type Expression, parseExpressionAt } from "acorn";
import { analyze } from "periscopic";

/** What the source of a function is, and what it lacks. */
export interface FunctionSource {
  /** How its text stands: by itself, or as a method of an object. `unknown` when our parser doesn't know its syntax. */
  readonly form: "expression" | "method" | "class" | "generator" | "unknown";
  /** Names that are neither its own nor known everywhere, with the line (from 1) of a use. */
  readonly missing: readonly { readonly name: string; readonly line: number }[];
  /** Why it can't run elsewhere, besides missing names. */
  readonly refused?: string;
}

type Tree = Parameters<typeof analyze>[0];

/**
 * Looks at the text of a function.
 *
 * @param isGlobal names that every thread has
 * @example
 * readFunction("(x) => x * FACTOR", (name) => name in globalThis).missing; // [{ name: "FACTOR", line: 1 }]
 */
export function readFunction(source: string, isGlobal: (name: string) => boolean): FunctionSource {
  const whole = parse(`(${source}\n)`);
  if (whole !== undefined) return read(whole, whole, "expression", isGlobal);
  const object = parse(`({${source}\n})`);
  const property = object?.type === "ObjectExpression" ? object.properties[0] : undefined;
  if (object === undefined || property?.type !== "Property") return { form: "unknown", missing: [] };
  if (property.kind !== "init") return { form: "method", missing: [], refused: "it is a getter or setter" };
  return read(object, property.value, "method", isGlobal);
}

/** Names that stand for something inside every function. */
const ALWAYS: ReadonlySet<string> = new Set(["arguments", "undefined"]);

function read(
  tree: Expression,
  fn: Expression,
  form: "expression" | "method",
  isGlobal: (name: string) => boolean,
): FunctionSource {
  if (fn.type === "ClassExpression") return { form: "class", missing: [] };
  if (fn.type === "FunctionExpression" && fn.generator) return { form: "generator", missing: [] };
  const facts = new Facts();
  facts.look(tree);
  // acorn's trees are ESTree, which is what periscopic takes.
  const { globals } = analyze(tree as unknown as Tree);
  const missing = [...globals.keys()]
    .filter((name) => facts.used.has(name) && !facts.classes.has(name) && !ALWAYS.has(name) && !isGlobal(name))
    .map((name) => ({ name, line: facts.used.get(name) ?? 1 }));
  return { form, missing, ...(facts.refused === undefined ? {} : { refused: facts.refused }) };
}

function parse(text: string): Expression | undefined {
  try {
    return parseExpressionAt(text, 0, { ecmaVersion: "latest", sourceType: "module", locations: true });
  } catch {
    return undefined;
  }
}

/** What the scopes don't tell: names only asked for by `typeof`, names of class expressions, things no thread has. */
class Facts {
  /** Names that are used otherwise than by `typeof`, and where. */
  readonly used = new Map<string, number>();
  readonly classes = new Set<string>();
  refused: string | undefined;

  look(node: unknown): void {
    if (Array.isArray(node)) {
      for (const item of node) this.look(item);
      return;
    }
    if (!isNode(node)) return;
    if (node.type === "UnaryExpression" && node["operator"] === "typeof" && isNamed(node["argument"])) return;
    if (node.type === "ClassExpression" && isNamed(node["id"])) this.classes.add(node["id"].name);
    if (node.type === "MetaProperty" && isNamed(node["meta"]) && node["meta"].name === "import") {
      this.refused = "it uses import.meta";
    }
    if (node.type === "ImportExpression" && isRelative(node["source"])) {
      this.refused = "it imports by a relative path, which leads elsewhere in a thread";
    }
    if (isNamed(node) && !this.used.has(node.name)) this.used.set(node.name, node.loc.start.line);
    for (const child of Object.values(node)) if (typeof child === "object") this.look(child);
  }
}

interface TreeNode {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function isNamed(value: unknown): value is TreeNode & { readonly name: string } {
  return isNode(value) && value.type === "Identifier" && typeof value["name"] === "string";
}

function isRelative(value: unknown): boolean {
  return (
    isNode(value) && value.type === "Literal" && typeof value["value"] === "string" && value["value"].startsWith(".")
  );
}
