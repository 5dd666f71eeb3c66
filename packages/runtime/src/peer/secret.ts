/** A secret that a cluster's members share: how strong it is, the keys it gives, and the proof that somebody has it. */
import { SECRET_LEAST_BITS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { randomText, type ClusterId, type PeerId } from "../ids.ts";
import type { KeyPair, Platform } from "../platform.ts";

/** Bytes of the number that each side of a handshake makes up, so that no proof can be used again. */
export const NONCE_BYTES = 32;
/** Characters of a new secret's groups, 155 bits together. */
const GROUPS = 6;
const GROUP_LENGTH = 5;
/** A longer text is no secret that anybody typed or made. */
const SECRET_LONGEST = 1024;

/** What a secret gives. Whoever has it has all of this: the cluster's key too. */
export interface SecretKeys {
  readonly cluster: KeyPair;
  readonly proof: Uint8Array;
}

/** What a proof is about; both sides know it, so only the proof itself travels. */
export interface ProofAbout {
  /** Who proves: without it one side could send back the other's own proof. */
  readonly side: "dialler" | "answerer";
  readonly cluster: ClusterId;
  readonly dialler: PeerId;
  readonly answerer: PeerId;
  /** What the dialler and the answerer made up for this connection. */
  readonly nonces: readonly [dialler: Uint8Array, answerer: Uint8Array];
}

/**
 * A new secret of 155 bits, to be shared by the members of a cluster.
 *
 * @example
 * newSecret((count) => platform.randomBytes(count)); // "k3v9x-…", six groups
 */
export function newSecret(randomBytes: (count: number) => Uint8Array): string {
  return Array.from({ length: GROUPS }, () => randomText(GROUP_LENGTH, randomBytes)).join("-");
}

/**
 * The keys that `secret` gives; spaces around it don't count.
 *
 * @throws {SkeinError} `SECRET_WEAK` when it could be guessed: whoever meets a member may try as many as he likes at home
 */
export function deriveSecret(platform: Pick<Platform, "hmacSha256" | "keyPair">, secret: string): SecretKeys {
  const text = secret.normalize("NFC").trim();
  if (text.length > SECRET_LONGEST || secretBits(text) < SECRET_LEAST_BITS) {
    throw new SkeinError("SECRET_WEAK", `the secret could be guessed: it has less than ${SECRET_LEAST_BITS} bits`, {
      hint: "take a random one: skein secret makes it; words that people choose are not enough",
    });
  }
  const root = platform.hmacSha256(utf8("skein secret 1"), utf8(text));
  return {
    cluster: platform.keyPair(platform.hmacSha256(root, utf8("cluster key"))),
    proof: platform.hmacSha256(root, utf8("proof of membership")),
  };
}

/** The proof of having the secret of `key`, for this connection only. */
export function proveSecret(platform: Pick<Platform, "hmacSha256">, key: Uint8Array, about: ProofAbout): Uint8Array {
  const { side, cluster, dialler, answerer, nonces } = about;
  const words = utf8(`skein join 1|${side}|${cluster}|${dialler}|${answerer}|`);
  const bytes = new Uint8Array(words.byteLength + 2 * NONCE_BYTES);
  bytes.set(words);
  bytes.set(nonces[0], words.byteLength);
  bytes.set(nonces[1], words.byteLength + NONCE_BYTES);
  return platform.hmacSha256(key, bytes);
}

/** Whether two texts of bytes are the same; how long it takes tells nothing about where they differ. */
export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.byteLength !== other.byteLength) return false;
  let difference = 0;
  for (let index = 0; index < one.byteLength; index += 1) difference |= (one[index] ?? 0) ^ (other[index] ?? 0);
  return difference === 0;
}

/**
 * About how many bits somebody must guess to find `text`. Cautious: what repeats or counts on adds nothing, and letters
 * that follow each other as in words add little, so that a sentence is weak where a random text of its length is strong.
 */
export function secretBits(text: string): number {
  // Capitals in the midst of words are of random texts; those at their beginning are of sentences.
  const mixed = (text.match(/[a-z][A-Z]/g)?.length ?? 0) >= MIXED_LEAST;
  const seen = new Set<string>();
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const before = text.slice(Math.max(0, index - 3), index);
    const char = text.charAt(index);
    const repeats = before.length === 3 && seen.has(before + char);
    if (before.length === 3) seen.add(before + char);
    if (repeats || countsOn(text, index)) continue;
    bits += bitsOf(char, text.charAt(index - 1), mixed);
  }
  // Few different characters, in whatever order.
  return Math.min(bits, text.length * Math.log2(Math.max(1, new Set(text).size)));
}

/** Whether a character goes on as those before it: `aaa`, `123`, `cba`. */
function countsOn(text: string, index: number): boolean {
  if (index < 2) return false;
  const step = text.charCodeAt(index) - text.charCodeAt(index - 1);
  return Math.abs(step) <= 1 && step === text.charCodeAt(index - 1) - text.charCodeAt(index - 2);
}

function bitsOf(char: string, before: string, mixed: boolean): number {
  if (/[a-z]/i.test(char)) {
    if (COMMON_PAIRS.has((before + char).toLowerCase())) return WORD_LETTER_BITS;
    return Math.log2(mixed ? 52 : 26);
  }
  if (/\d/.test(char)) return Math.log2(10);
  return /[\s.,_-]/.test(char) ? 1 : SYMBOL_BITS;
}

const MIXED_LEAST = 3;
/** A letter that follows another as it often does in English: Shannon saw one to two bits. */
const WORD_LETTER_BITS = 1.5;
const SYMBOL_BITS = 4;
/** Pairs of letters of which words are mostly made. */
const COMMON_PAIRS: ReadonlySet<string> = new Set(
  (
    "th he in er an re nd on en at ou ed ha to or it is hi es ng nt ti se ar al te co de ra st le ve me ne ea ri ro of " +
    "io ic li ll ma be el ch si fo as us om ce ho wa la ec ur pe ta ac no di so ca tr ct wi ge sh mo ss na ai ot il ee " +
    "ut wh su ns ie lo tt ni ul rs pr po im em av ag ol pa op ow oo ry uc id un ad qu fe am sp ty ay ev up ke ig ck ba " +
    "bl bo br bu cl cr da do dr fi fl fr ga gr ir ki lu mi mp nc nu ob od pl pi rt sc sm sw tu ue vi wo we ye ab"
  ).split(" "),
);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
