/** Takes skein's own frames off the end of a stack that others read: what ran a task is no matter of who reads its error. */

/** What a trace adds to a stack; with it, everything is kept. */
const TRACED = "\n  in task ";
/** Frames of nobody's: the host's own, and built-in functions. */
const NOBODYS = /\bnode:internal\/|\((<anonymous>|native code)\)\s*$|\[native code\]\s*$/;
const FRAME = /^\s*at |@/;

const HERE =
  /^\w+:\/\/[^/]*(\/.*\/)(?:runtime|node-server)\/(src|dist)\/(?:wire\/own-frames\.[jt]s|node\/parts\/|pool\/worker-process\.js)/;
/** The program of a pool on another machine is a file of its own. */
const FAR = /^file:\/\/[^/]*(\/.*\/skein\/pool\/)[0-9a-f]{64}\.mjs$/;

/** Folders of skein's code that runs tasks; none where it is bundled with other code, which has the same file then. */
const OWN: readonly string[] = ownFolders(import.meta.url);

/** The stack up to the last frame that is not skein's; all of it where there is no such frame. */
export function withoutOwnFrames(stack: string, own: readonly string[] = OWN): string {
  if (own.length === 0 || stack.includes(TRACED)) return stack;
  const lines = stack.split("\n");
  const isOwn = (line: string): boolean => own.some((folder) => line.includes(folder)) || NOBODYS.test(line);
  let end = lines.length;
  while (end > 0 && FRAME.test(lines[end - 1] ?? "") && isOwn(lines[end - 1] ?? "")) end -= 1;
  const last = lines[end - 1];
  return last !== undefined && FRAME.test(last) ? lines.slice(0, end).join("\n") : stack;
}

/** Where skein's packages are, from where this file is: as it is written, compiled, or in a part of the form for Node. */
export function ownFolders(here: string): readonly string[] {
  const far = FAR.exec(here)?.[1];
  if (far !== undefined) return [far];
  const [, packages, built] = HERE.exec(here) ?? [];
  if (packages === undefined || built === undefined) return [];
  return [`${packages}runtime/${built}/`, `${packages}node-server/${built}/`];
}
