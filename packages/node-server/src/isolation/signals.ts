/** Takes from code of others what Node's permissions leave it: signals to other processes, and their priority. */
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

/** Whether code here may do what starts no program: what may start some sends signals by them. */
const isConfined = (): boolean => process.permission !== undefined && !process.permission.has("child");

/** Node's own, below `process.kill`; and what has another process listen for a debugger. */
const BELOW = ["_debugProcess", "_debugEnd"] as const;

/**
 * From now on this process sends signals to itself only: not to its node, and not to servers of others. Call it before
 * code of others is loaded; where that may start programs it does nothing.
 */
export function keepSignals(): void {
  if (!isConfined()) return;
  const send: unknown = Reflect.get(process, "_kill");
  const mayReach = (pid: unknown): void => {
    if (pid !== process.pid) throw denied("Signal", pid);
  };
  Reflect.set(process, "_kill", (pid: unknown, signal: unknown): unknown => {
    mayReach(pid);
    return typeof send === "function" ? Reflect.apply(send, process, [pid, signal]) : undefined;
  });
  for (const name of BELOW) {
    Reflect.set(process, name, (pid: unknown): never => {
      throw denied("Signal", pid);
    });
  }
  const { setPriority } = os;
  os.setPriority = (...given: [pid: number, priority: number] | [priority: number]): void => {
    if (given.length === 2 && given[0] !== 0) mayReach(given[0]);
    Reflect.apply(setPriority, os, given);
  };
  syncBuiltinESMExports();
}

const denied = (permission: string, pid: unknown): Error =>
  Object.assign(new Error("Access to another process has been restricted."), {
    code: "ERR_ACCESS_DENIED",
    permission,
    resource: String(pid),
  });
