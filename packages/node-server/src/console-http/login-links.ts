/** One-time login links: each opens one browser's session, once, within minutes. */
import { createHash, randomBytes } from "node:crypto";
import { LOGIN_LINK_MS, LOGIN_LINKS_LIMIT } from "./limits.ts";

export class LoginLinks {
  /** Digest of the token → good until. Looked up by digest, so timing tells nothing of the token. */
  readonly #goodUntilMs = new Map<string, number>();

  /** A new token. */
  make(nowMs: number): string {
    const token = randomBytes(32).toString("base64url");
    const oldest = this.#goodUntilMs.keys().next().value;
    if (oldest !== undefined && this.#goodUntilMs.size >= LOGIN_LINKS_LIMIT) this.#goodUntilMs.delete(oldest);
    this.#goodUntilMs.set(digestOf(token), nowMs + LOGIN_LINK_MS);
    return token;
  }

  /** Whether `token` is good; it isn't any more after this. */
  redeem(token: string, nowMs: number): boolean {
    const digest = digestOf(token);
    const goodUntilMs = this.#goodUntilMs.get(digest);
    this.#goodUntilMs.delete(digest);
    return goodUntilMs !== undefined && goodUntilMs > nowMs;
  }
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
