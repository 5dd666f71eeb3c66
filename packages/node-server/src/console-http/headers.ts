/** Headers of every answer: what a page of the console may do, which is little. */
import type { ServerResponse } from "node:http";

/**
 * Only our own files, no inline script or style, no HTML from strings (Trusted Types), no frame around us.
 * `connect-src 'self'` is also the WebSocket: it comes in by the console's own port.
 */
export const PAGE_CSP: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const ALWAYS: readonly (readonly [string, string])[] = [
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Referrer-Policy", "no-referrer"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=(), payment=()"],
];

export function secure(response: ServerResponse, csp: string): void {
  for (const [name, value] of ALWAYS) response.setHeader(name, value);
  response.setHeader("Content-Security-Policy", csp);
}

/** Answers with a text that is nobody's to keep. */
export function answer(
  response: ServerResponse,
  status: number,
  type: "text/html" | "text/plain" | "application/json",
  body: string,
): void {
  response.statusCode = status;
  response.setHeader("Content-Type", `${type}; charset=utf-8`);
  response.setHeader("Cache-Control", "no-store");
  response.end(response.req.method === "HEAD" ? undefined : body);
}
