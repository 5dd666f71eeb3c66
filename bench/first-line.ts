/** The first line a child process prints: how a second process of a bench says where it is. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the child's output is not piped");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("the child ended without a word");
}
