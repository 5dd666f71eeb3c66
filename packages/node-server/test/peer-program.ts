/** Starts the peer of `fixtures/peer-program.ts` for a test, and ends it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { PeerId } from "@skein/node-server";
import { fixture } from "./programs.ts";

export interface PeerProgram {
  readonly id: PeerId;
  readonly cluster: string;
  readonly addresses: readonly string[];
  /** For 100 peers, for one client, and one that has expired. Absent when it joined another's cluster. */
  readonly invite: string;
  readonly single: string;
  readonly expired: string;
  readonly child: ChildProcess;
  end(): Promise<void>;
}

export async function startPeerProgram(...args: readonly string[]): Promise<PeerProgram> {
  const script = fixture("peer-program.ts");
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", () => reject(new Error("the peer program ended without a word")));
  });
  return {
    ...JSON.parse(line),
    child,
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
