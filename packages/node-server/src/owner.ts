/** Who owns a `skein up`: a program shows that it can read the key in the data directory, and its code may run trusted. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { type PeerHost, type PeerId, SkeinError } from "@skein/runtime";
import { CALL_TIMEOUT_MS } from "@skein/runtime/host";
import { secretFile } from "./secret-file.ts";

const PROCEDURE = "up.own";
const KEY_BYTES = 32;
/** Programs that are remembered; the one that came first is forgotten first. */
const OWNERS_LIMIT = 4096;

/** What shows that the peer has the key; of no use to another. */
const proofOf = (dataPath: string, peer: PeerId): Buffer =>
  createHmac("sha256", secretFile(join(dataPath, "owner.key"), KEY_BYTES))
    .update(peer)
    .digest();

/** The programs of this `skein up`'s own user, by what they have shown. */
export class Owners implements Disposable {
  readonly #peers = new Set<PeerId>();
  readonly #handle: Disposable;

  constructor(peer: PeerHost, dataPath: string) {
    this.#handle = peer.procedures.handle(PROCEDURE, { parse: parseProof }, (proof, { endpoint }) => {
      if (endpoint.server === 0 && timingSafeEqual(proof, proofOf(dataPath, endpoint.peer))) this.#add(endpoint.peer);
      else throw new SkeinError("ROLE_FORBIDS", "this is not the owner's proof", { hint: "look at SKEIN_DATA" });
    });
  }

  readonly has = (peer: PeerId): boolean => this.#peers.has(peer);

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }

  #add(peer: PeerId): void {
    this.#peers.delete(peer);
    this.#peers.add(peer);
    const [first] = this.#peers;
    if (first !== undefined && this.#peers.size > OWNERS_LIMIT) this.#peers.delete(first);
  }
}

function parseProof(said: unknown): Uint8Array {
  if (said instanceof Uint8Array && said.length === KEY_BYTES) return said;
  throw new TypeError("no proof");
}

/** Shows a connected `skein up`, whose data directory this is, that this program is its owner's. */
export async function proveOwner(peer: PeerHost, up: PeerId, dataPath: string): Promise<void> {
  const proof = new Uint8Array(proofOf(dataPath, peer.id));
  await peer.procedures.call({ peer: up, server: 0 }, PROCEDURE, proof, { timeoutMs: CALL_TIMEOUT_MS });
}
