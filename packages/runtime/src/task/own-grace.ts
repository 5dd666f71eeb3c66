/** For tasks whose clean-up takes longer than usual by what they are: a supervisor stops its children in turn. */
import { HIDDEN } from "./flags.ts";
import { running } from "./running.ts";

/** Says that the task that runs now needs `ms` milliseconds to clean up, when whoever cancels it says nothing. */
export function needsGrace(ms: number): void {
  let cell = running.cell;
  // An operation made of a generator may run in a hidden task of its own: its user is meant.
  while (cell !== undefined && (cell.flags & HIDDEN) !== 0) cell = cell.parent;
  if (cell !== undefined) cell.extra().ownGraceMs = ms;
}
