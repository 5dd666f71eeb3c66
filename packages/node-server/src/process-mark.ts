/** Which process left a mark in a file, and whether that very one still runs: ids are used again. */
import { hasCode } from "./files/file-errors.ts";
import { readText } from "./file-text.ts";

/** A process: its id and, where the system tells, when it started, since ids are used again. */
export interface ProcessMark {
  readonly pid: number;
  readonly started?: string;
}

/** Whether the very process that left this mark still runs. */
export function isRunning(mark: ProcessMark): boolean {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false;
  }
  const started = startOf(mark.pid);
  return started === undefined || mark.started === undefined || started === mark.started;
}

/** The mark of this process, to be left in a file. */
export function ownMark(): ProcessMark {
  const started = startOf(process.pid);
  return { pid: process.pid, ...(started === undefined ? {} : { started }) };
}

/** When a process started, in the kernel's ticks since boot (Linux); elsewhere unknown. A dead one that waits for its parent counts as gone. */
function startOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // After the last `)`, the end of the command's name: state is field 3, the start time field 22.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields?.[0] === "Z") return "gone";
  return fields?.[19];
}
