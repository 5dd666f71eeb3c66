/** Which processes a process has started, on Linux; for gates that look at them or stop them. */
import { readdirSync, readFileSync } from "node:fs";

/** All of them, however far below it. */
export function processesBelow(pid: number): ReadonlySet<number> {
  const found = new Set<number>();
  const add = (parent: number): void => {
    for (const child of childrenOf(parent)) {
      found.add(child);
      add(child);
    }
  };
  add(pid);
  return found;
}

function childrenOf(pid: number): readonly number[] {
  try {
    const texts = readdirSync(`/proc/${pid}/task`).map((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"),
    );
    return texts.flatMap((text) =>
      text
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
    );
  } catch {
    return []; // it has ended
  }
}
