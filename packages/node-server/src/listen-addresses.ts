/** Where a peer listens: what was asked for, else the usual ports of loopback or the next free ones. */
import type { Address } from "@skein/runtime";
import { DEFAULT_PORTS } from "@skein/runtime/host";
import { freePort } from "./free-port.ts";

const LOOPBACK = "127.0.0.1";

/** Without `asked`, TCP and WebSocket on loopback: other machines reach this one only where its owner said so. */
export async function listenAddresses(asked: readonly Address[]): Promise<readonly Address[]> {
  if (asked.length > 0) return asked;
  const tcp = await freePort(LOOPBACK, DEFAULT_PORTS.tcp);
  const ws = await freePort(LOOPBACK, DEFAULT_PORTS.ws, new Set([tcp]));
  return [`${LOOPBACK}:${tcp}`, `ws://${LOOPBACK}:${ws}`];
}
