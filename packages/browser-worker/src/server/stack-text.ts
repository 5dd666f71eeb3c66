/** Stacks as clients read them: in V8's form whatever the engine, bundles named by their digest, without what called them. Pure. */
import type { CodeDigest } from "@skein/runtime";

export interface StackParts {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** Firefox's and WebKit's: `name@place`. */
const OTHER_FRAME = /^(.*)@(\S+:\d+:\d+)$/;

/** `digests`: bundles by their address. What is from another blob is the server's own, and left out at the end. */
export function stackText({ name, message, stack }: StackParts, digests: ReadonlyMap<string, CodeDigest>): string {
  const lines = /^\s*at /m.test(stack) ? stack.split("\n") : [`${name}: ${message}`, ...framesOf(stack)];
  const isOwn = (line: string): boolean =>
    line.includes("blob:") && ![...digests.keys()].some((url) => line.includes(url));
  while (lines.length > 1 && isOwn(lines.at(-1) || "blob:")) lines.pop();
  let text = lines.join("\n");
  for (const [url, digest] of digests) text = text.replaceAll(url, `${digest}.mjs`);
  return text;
}

const framesOf = (stack: string): readonly string[] =>
  stack.split("\n").flatMap((line) => {
    const [, fn = "", place] = OTHER_FRAME.exec(line.trim()) ?? [];
    if (place === undefined) return [];
    return fn === "" ? `    at ${place}` : `    at ${fn} (${place})`;
  });
