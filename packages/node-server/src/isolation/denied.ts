/** What Node's permissions refused, in skein's words: what to ask for, and what the node has to offer. */

/** By Node's word for what was refused: what `allow` names it. */
const ASKS: Readonly<Record<string, "read" | "write" | "run" | "threads" | "addons">> = {
  FileSystemRead: "read",
  FileSystemWrite: "write",
  ChildProcess: "run",
  Signal: "run",
  WorkerThreads: "threads",
  Addon: "addons",
};

/**
 * Changes the words of an error of Node's permissions, which names options that skein doesn't have. Others stay as they
 * are.
 *
 * @example
 * explainDenied(error);
 */
export function explainDenied(error: Error): void {
  if (!("code" in error) || !Object.isExtensible(error)) return;
  const permission = "permission" in error && typeof error.permission === "string" ? error.permission : "";
  const isAddon = error.code === "ERR_DLOPEN_DISABLED";
  if (error.code !== "ERR_ACCESS_DENIED" && !isAddon) return;
  const resource = "resource" in error && typeof error.resource === "string" ? error.resource : "";
  const before = error.message;
  error.message = wordsOf(isAddon ? "addons" : ASKS[permission], permission, resource);
  if (error.stack !== undefined) error.stack = error.stack.replace(before, error.message);
}

function wordsOf(ask: (typeof ASKS)[string] | undefined, permission: string, resource: string): string {
  const what = [permission, resource].filter((word) => word !== "").join(" ") || "native packages";
  const refused = `this node confines code, and refused ${what}`;
  if (ask === undefined) return `${refused}: nothing in its profile allows that`;
  const isPath = ask === "read" || ask === "write";
  const wish = isPath ? `${ask}: [${JSON.stringify(resource)}]` : `${ask}: true`;
  const offer = isPath ? `${ask}=${resource}` : ask;
  return `${refused}: ask for it by openJob({ allow: { ${wish} } }); the node has to offer it: --allow ${offer}`;
}
