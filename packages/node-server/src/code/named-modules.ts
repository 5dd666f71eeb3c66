/** Which modules of tasks a program names: `job.module(new URL("./tasks.ts", import.meta.url))`, `openJob({ modules: [new URL(…)] })`. */
import { isNode, nameIn } from "./node.ts";

/** A `new URL("./tasks.ts", import.meta.url)`, by its place in the text. */
export interface NamedModule {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Looks through a module's syntax tree. */
export function namedModules(tree: unknown): readonly NamedModule[] {
  const named: NamedModule[] = [];
  const add = (value: unknown): void => {
    const path = pathIn(value);
    if (isNode(value) && path !== undefined) named.push({ path, start: value.start, end: value.end });
  };
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isNode(value)) return;
    if (value.type === "CallExpression" && isModule(value["callee"]))
      listOf(value["arguments"]).slice(0, 1).forEach(add);
    if (value.type === "Property" && nameIn(value["key"]) === "modules") {
      const list = value["value"];
      if (isNode(list) && list.type === "ArrayExpression") listOf(list["elements"]).forEach(add);
    }
    for (const part of Object.values(value)) walk(part);
  };
  walk(tree);
  return named;
}

const isModule = (callee: unknown): boolean =>
  isNode(callee) &&
  callee.type === "MemberExpression" &&
  callee["computed"] !== true &&
  nameIn(callee["property"]) === "module";

/** The path in `new URL("./path", import.meta.url)`. */
function pathIn(value: unknown): string | undefined {
  if (!isNode(value) || value.type !== "NewExpression" || nameIn(value["callee"]) !== "URL") return undefined;
  const [path, base] = listOf(value["arguments"]);
  if (!isNode(path) || path.type !== "Literal" || !isMetaUrl(base)) return undefined;
  const text = path["value"];
  return typeof text === "string" && /^\.{1,2}\//.test(text) ? text : undefined;
}

const isMetaUrl = (value: unknown): boolean =>
  isNode(value) && value.type === "MemberExpression" && nameIn(value["property"]) === "url" && isMeta(value["object"]);

const isMeta = (value: unknown): boolean => isNode(value) && value.type === "MetaProperty";

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
