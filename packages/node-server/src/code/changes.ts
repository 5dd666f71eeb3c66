/** Which expressions change what a name stands for: `limit = 5`, `table.set(…)`, `Shape.prototype.area = …`. */
import { isNode, nameIn, type Node } from "./node.ts";

export interface Changed {
  readonly name: string;
  /** `name`: it stands for something else. `content`: something in it is another. */
  readonly what: "name" | "content";
  /** Of a name: where it stands to be given a value. */
  readonly target?: Target;
}

export interface Target {
  readonly start: number;
  readonly end: number;
  /** In `({ name } = …)` it stands for what is taken as well. */
  readonly isShort: boolean;
}

/** Methods that change what they are called on, of the collections that everybody has. */
const CHANGING: ReadonlySet<string> = new Set(
  "set add delete clear push unshift pop shift splice sort reverse fill copyWithin".split(" "),
);
const CHANGING_FIRST: ReadonlySet<string> = new Set(
  "assign defineProperty defineProperties freeze seal preventExtensions setPrototypeOf".split(" "),
);

/** What `node` by itself changes; nothing for all that changes nothing, or that nobody can tell of. */
export function changedBy(node: Node): Changed[] {
  switch (node.type) {
    case "AssignmentExpression":
      return targets(node["left"]);
    case "UpdateExpression":
      return targets(node["argument"]);
    case "UnaryExpression":
      return node["operator"] === "delete" ? targets(node["argument"]) : [];
    case "ForOfStatement":
    case "ForInStatement":
      return targets(node["left"]);
    case "CallExpression":
      return calls(node);
    default:
      return [];
  }
}

function targets(target: unknown, isShort = false): Changed[] {
  if (!isNode(target)) return [];
  const name = nameIn(target);
  if (name !== undefined) return [{ name, what: "name", target: { start: target.start, end: target.end, isShort } }];
  switch (target.type) {
    case "MemberExpression":
      return content(target);
    case "ArrayPattern":
      return listed(target["elements"]).flatMap((one) => targets(one));
    case "ObjectPattern":
      return listed(target["properties"]).flatMap((one) =>
        isNode(one) ? targets(one["value"] ?? one["argument"], one["shorthand"] === true) : [],
      );
    case "AssignmentPattern":
      return targets(target["left"], isShort);
    case "RestElement":
      return targets(target["argument"]);
    default:
      return [];
  }
}

function calls({ callee, arguments: given }: Node): Changed[] {
  if (!isNode(callee) || callee.type !== "MemberExpression" || callee["computed"] === true) return [];
  const method = nameIn(callee["property"]) ?? "";
  if (CHANGING_FIRST.has(method) && /^(Object|Reflect)$/.test(nameIn(callee["object"]) ?? "")) {
    return content(listed(given)[0]);
  }
  return CHANGING.has(method) ? content(callee["object"]) : [];
}

/** The name at the root of `a.b[c].d`. */
function content(target: unknown): Changed[] {
  let root = target;
  while (isNode(root) && root.type === "MemberExpression") root = root["object"];
  const name = nameIn(root);
  return name === undefined ? [] : [{ name, what: "content" }];
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
