/** Where a peer listens: what was asked for, else the usual ports of loopback or the next free ones. */
import type { Address } from "@skein/runtime";
import { DEFAULT_PORTS } from "@skein/runtime/host";
import { freePort } from "./free-port.ts";

const LOOPBACK = "127.0.0.1";

/** What to start so that other machines reach a cluster. */
export const REACHABLE_UP = "skein up --listen 0.0.0.0:4100 --listen ws://0.0.0.0:4101";

/** Whether these are addresses of this machine only: nobody elsewhere can use an invite that names them. */
export function onlyThisMachine(addresses: readonly Address[]): boolean {
  return addresses.every((address) => /^\/(ip4\/127\.|ip6\/::1\/|dns[46]?\/localhost\/)/.test(address));
}

/** Without `asked`, TCP and WebSocket on loopback: other machines reach this one only where its owner said so. */
export async function listenAddresses(asked: readonly Address[]): Promise<readonly Address[]> {
  if (asked.length > 0) return asked;
  const tcp = await freePort(LOOPBACK, DEFAULT_PORTS.tcp);
  const ws = await freePort(LOOPBACK, DEFAULT_PORTS.ws, new Set([tcp]));
  return [`${LOOPBACK}:${tcp}`, `ws://${LOOPBACK}:${ws}`];
}
