/** For tests and gates: which attempts of `fixtures/probes.ts` get through under which profile. All others are refused. */
import { spawn } from "node:child_process";
import type { Isolation } from "@skein/runtime";
import type { Targets } from "./fixtures/probes.ts";
import { fixture } from "./programs.ts";

const PROGRAM = fixture("tries-to-get-out.ts");

/** Before Node 26 nothing in Node keeps code from the network; docs/security.md says so. */
const NETWORK: readonly string[] = ["connect by TCP", "listen", "send by UDP", "fetch"];

/** Of the 43; `trusted`, which promises nothing of this, lets all of them through. */
export const THROUGH: Readonly<Record<Exclude<Isolation, "trusted">, readonly string[]>> = {
  guarded: [...NETWORK, "read it by a link that is there", "connect to a unix socket of the node"],
  uid: NETWORK,
  sealed: [],
};

/** What came of each attempt: `yes`, or the code of the error. */
export async function tryToGetOut(
  targets: Omit<Targets, "planted">,
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(targets)], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (text: Buffer) => (printed += text.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the client ended with ${String(code)}`);
  const results: Readonly<Record<string, string>> = JSON.parse(printed);
  return results;
}

export const throughOf = (results: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(results).filter((name) => results[name] === "yes");
