/** Who asks: the task that runs, or the one for which a part of an operation runs. */
import { HIDDEN } from "../task/flags.ts";
import { running } from "../task/running.ts";

export function currentOwner(): object | undefined {
  let cell = running.cell;
  while (cell !== undefined && (cell.flags & HIDDEN) !== 0) cell = cell.parent;
  return cell;
}
