/** Headers of the join page: what it may do, which is to join, and to hold frames that may do nothing. */
import type { ServerResponse } from "node:http";
import { FRAME_SCRIPT_HASH, VIEW_SCRIPT_HASH } from "./frame-scripts.ts";

/**
 * Frames of a page have its policy besides their own, so it has to allow what others' code needs in its worker: programs
 * from blobs, `eval`, WebAssembly. Their own policy takes the network from them; `frame-src` keeps them from being led
 * elsewhere. The page itself connects to the cluster, and to origins that its owner grants to tasks.
 */
export const JOIN_CSP: string = [
  "default-src 'none'",
  `script-src 'self' '${FRAME_SCRIPT_HASH}' '${VIEW_SCRIPT_HASH}' blob: 'unsafe-eval' 'wasm-unsafe-eval'`,
  "worker-src blob:",
  "frame-src 'self'",
  // Views that tasks show have styles within; the page itself has none.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws: wss: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const ALWAYS: readonly (readonly [string, string])[] = [
  ["Content-Security-Policy", JOIN_CSP],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  // What its owner can grant to tasks; the browser asks again.
  ["Permissions-Policy", "camera=(self), microphone=(self), geolocation=(self), usb=(), payment=()"],
];

export function secure(response: ServerResponse): void {
  for (const [name, value] of ALWAYS) response.setHeader(name, value);
}
