/** Signed texts: a body as JSON and an Ed25519 signature, printable, checked before anything in them is believed. */
import { SkeinError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { TOKEN_LIMIT } from "../wire/limits.ts";

/** What a token is for; part of what is signed, so that one kind never passes for another. */
export type TokenKind = "invite" | "certificate" | "revocation";

export type Signer = Pick<Platform, "sign">;
export type Verifier = Pick<Platform, "verify">;

export function signToken(signer: Signer, privateKey: Uint8Array, kind: TokenKind, body: object): string {
  const payload = new TextEncoder().encode(JSON.stringify(body));
  return `${toBase64Url(payload)}.${toBase64Url(signer.sign(privateKey, signed(kind, payload)))}`;
}

/** The body of a token, not yet verified. @throws {SkeinError} `OPTION_INVALID` when it has no such form */
export function tokenBody(token: string): unknown {
  const { payload } = split(token);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw malformed();
  }
}

/** Whether `token` was signed by the holder of this key, as this kind. */
export function isSigned(verifier: Verifier, publicKey: Uint8Array, kind: TokenKind, token: string): boolean {
  const { payload, signature } = split(token);
  return verifier.verify(publicKey, signed(kind, payload), signature);
}

function signed(kind: TokenKind, payload: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`skein ${kind} 1\n`);
  const bytes = new Uint8Array(prefix.byteLength + payload.byteLength);
  bytes.set(prefix);
  bytes.set(payload, prefix.byteLength);
  return bytes;
}

function split(token: string): { readonly payload: Uint8Array; readonly signature: Uint8Array } {
  const match = token.length > TOKEN_LIMIT ? null : /^([\w-]+)\.([\w-]+)$/.exec(token);
  if (match?.[1] === undefined || match[2] === undefined) throw malformed();
  return { payload: fromBase64Url(match[1]), signature: fromBase64Url(match[2]) };
}

export const malformed = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "this is no invite or certificate of skein", {
    hint: "copy the whole text, or ask for a new one",
  });

export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    throw malformed();
  }
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1)
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  return bytes;
}
