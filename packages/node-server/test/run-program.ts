/** Runs one of the programs of `fixtures/programs` in a process of its own, and waits for what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fixture } from "./programs.ts";

/** Longest wait for a line: a loaded machine starts a process in seconds. */
const SAYS_TIMEOUT_MS = 30_000;

export interface RunningProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it has printed. */
  readonly lines: readonly string[];
  /** Waits for a line that matches, also one that was printed before; gives the first. */
  says(line: RegExp | string): Promise<string>;
  /** Types a line. */
  types(line: string): void;
  /** Its exit code, once it has ended by itself. */
  ends(): Promise<number | null>;
}

/** `runProgram("chat-channel", "server")`. Disposing of it closes its standard input, which ends it. */
export function runProgram(name: string, ...args: readonly string[]): RunningProgram {
  const file = fixture(`programs/${name}.ts`);
  const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines: string[] = [];
  const waits = new Set<() => void>();
  const tell = (): void => {
    for (const wait of waits) wait();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    tell();
  });
  // It may have ended long before all that it has said is read.
  let over = false;
  const ended = once(child, "close").then(() => {
    over = true;
    tell();
    return child.exitCode;
  });
  const says = async (wanted: RegExp | string): Promise<string> =>
    await new Promise<string>((resolve, reject) => {
      const matches = (line: string): boolean => (typeof wanted === "string" ? line === wanted : wanted.test(line));
      const fail = (why: string): void => {
        done();
        reject(new Error(`${name} ${args.join(" ")} ${why} ${String(wanted)}; it said:\n${lines.join("\n")}`));
      };
      const timer = setTimeout(() => fail("has not said"), SAYS_TIMEOUT_MS);
      const done = (): void => {
        clearTimeout(timer);
        waits.delete(look);
      };
      const look = (): void => {
        const line = lines.find(matches);
        if (line === undefined) {
          if (over) fail("ended and has not said");
          return;
        }
        done();
        resolve(line);
      };
      waits.add(look);
      look();
    });
  return {
    child,
    lines,
    says,
    types: (line) => void child.stdin.write(`${line}\n`),
    ends: () => ended,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** What a server among them says first: where it is, and an invite to its cluster. */
export async function inviteOf(server: RunningProgram): Promise<string> {
  return (await server.says(/^invite /)).slice("invite ".length);
}
