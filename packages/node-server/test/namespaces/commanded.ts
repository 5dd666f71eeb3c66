/** A peer of `fixtures/peer-on-command.ts`, in a namespace or here, for tests that tell it what to do. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fixture } from "../programs.ts";
import type { LanHost } from "./lan.ts";

const SCRIPT = fixture("peer-on-command.ts");

export class Commanded {
  readonly child: ChildProcess;
  readonly #waiting = new Map<number, (answer: { readonly ok?: unknown; readonly error?: string }) => void>();
  #next = 0;
  readonly id: Promise<string>;

  /** `host`: where it runs; absent: here. */
  constructor(options: object, host?: LanHost, env: Readonly<Record<string, string>> = {}) {
    const command = [process.execPath, SCRIPT, JSON.stringify(options)];
    const all = host === undefined ? command : ["ip", "netns", "exec", host.namespace, ...command];
    const [program = "", ...args] = all;
    const stdio = ["pipe", "pipe", "inherit"] as const;
    this.child = spawn(program, args, { stdio: [...stdio], env: { ...process.env, ...env } });
    this.id = new Promise((resolve, reject) => {
      this.#waiting.set(0, ({ ok }) => resolve(String(ok)));
      this.child.once("exit", () => reject(new Error("the peer ended before it had started")));
    });
    this.id.catch(() => {});
    const { stdout } = this.child;
    if (stdout === null) return;
    createInterface({ input: stdout }).on("line", (line) => {
      const answer = JSON.parse(line);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Tells it to do something; gives its answer, or throws the code of its error. */
  async tell(what: string, args: object = {}): Promise<unknown> {
    this.#next += 1;
    const id = this.#next;
    const answer = new Promise<{ readonly ok?: unknown; readonly error?: string }>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.child.stdin?.write(`${JSON.stringify({ id, do: what, ...args })}\n`);
    const { ok, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return ok;
  }

  /** Those it is connected with, by id. */
  async connected(): Promise<readonly string[]> {
    // What `peers()` gives, through JSON.
    const peers = (await this.tell("peers")) as { readonly peer: string; readonly suspected: boolean }[];
    return peers.filter(({ suspected }) => !suspected).map(({ peer }) => peer);
  }

  async events(type: string): Promise<readonly string[]> {
    const events = (await this.tell("events")) as string[];
    return events.filter((event) => event.startsWith(`${type} `));
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** Waits until `holds`, asking again and again; throws with `what` when it doesn't in time. */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<number> {
  const startMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startMs > timeoutMs) throw new Error(`not in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  return performance.now() - startMs;
}

/** Resolves after so long: for what must not happen meanwhile, or a cable that stays out. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
