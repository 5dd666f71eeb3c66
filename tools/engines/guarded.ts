/** Starts programs that never outlive this process, not even when it is killed. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Readable, type Writable } from "node:stream";

/** The shell ends the program when its own standard input ends, and that ends with us. */
const GUARD = `
exec 3<&0
"$0" "$@" 3<&- </dev/null &
program=$!
{ read -r line <&3; kill "$program"; } 2>/dev/null &
wait "$program"
`;

export interface Guarded {
  /** The first line that it prints; throws when it ends without one. */
  firstLine(): Promise<string>;
  /** Ends it and waits for that; may be called twice. */
  end(): Promise<void>;
}

/** Runs a program (not on Windows); what it says on standard error is dropped. */
export function startGuarded(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Guarded {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn("/bin/sh", ["-c", GUARD, command, ...args], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, ...env },
  });
  const exited = once(child, "exit");
  return {
    firstLine: async () => {
      for await (const line of createInterface({ input: child.stdout })) return line;
      throw new Error(`${command} ended before it was ready`);
    },
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
