/** For tests: members of a cluster in processes of their own, and what each sees of the others. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { StartPeerOptions } from "@skein/node-server";
import { fixture } from "./programs.ts";

const PROGRAM = fixture("member-program.ts");

/** One line of a member. */
export interface MemberLine {
  readonly type: string;
  readonly atMs: number;
  readonly peer?: string;
  readonly code?: string;
  readonly addresses?: readonly string[];
}

export class MemberProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: MemberLine[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<unknown>;

  constructor(options: Omit<StartPeerOptions, "runtime" | "logger">) {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: ["pipe", "pipe", "inherit"] });
    this.child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(JSON.parse(line));
      for (const look of this.#waiting) look();
    });
    // What it has said is read by then.
    this.#exited = new Promise((resolve) => child.once("close", resolve));
  }

  /** The first line that `match` takes, from the `from`th on, as it comes. */
  line(match: (line: MemberLine) => boolean, from = 0): Promise<MemberLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.slice(from).find(match);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
      void this.#exited.then(() => reject(new Error(`the member ended; it said ${JSON.stringify(this.lines)}`)));
    });
  }

  connect(address: string): void {
    this.child.stdin?.write(`${address}\n`);
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exited;
  }
}

/** Starts a member and waits until it says who it is. */
export async function startMember(
  options: Omit<StartPeerOptions, "runtime" | "logger">,
): Promise<MemberProcess & { readonly id: string; readonly address: string }> {
  const member = new MemberProcess(options);
  const { peer = "", addresses: [address = ""] = [] } = await member.line(({ type }) => type === "started");
  return Object.assign(member, { id: peer, address });
}
