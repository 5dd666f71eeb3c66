/** For tests: which processes run, from /proc. A dead one that nobody has waited for yet (a zombie) does not run. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, vi } from "vitest";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

export function processes(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (state !== "Z") rows.push({ pid: Number(name), parent: Number(parent), group: Number(group), command });
    } catch {
      // It ended while we looked.
    }
  }
  return rows;
}

/** Every process below `pid`, at any depth. */
export function descendants(pid: number): ProcessRow[] {
  const all = processes();
  const found: ProcessRow[] = [];
  const below = [pid];
  for (let parent = below.pop(); parent !== undefined; parent = below.pop()) {
    const children = all.filter((row) => row.parent === parent);
    found.push(...children);
    below.push(...children.map((row) => row.pid));
  }
  return found;
}

export const groupRuns = (group: number): boolean => processes().some((row) => row.group === group);
export const runs = (pid: number): boolean => processes().some((row) => row.pid === pid);

/** Waits until `what` is true; fails the test after `timeoutMs`. */
export async function eventually(what: () => boolean, timeoutMs = 30_000): Promise<void> {
  await vi.waitFor(() => expect(what()).toBe(true), { timeout: timeoutMs, interval: 20 });
}
