/** Who a peer is: an Ed25519 key pair, and the PeerId that libp2p makes of the public one. */
import { base58btc } from "multiformats/bases/base58";
import type { Endpoint } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import { isPeerId, type PeerId } from "../ids.ts";
import { KEY_BYTES, endpointBytes, hasKey, readU16 } from "../wire/frames.ts";

/** What stands before an Ed25519 key in a PeerId: identity multihash of 36 bytes, protobuf of key type 1 and 32 bytes. */
const PREFIX: readonly number[] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/** The PeerId of an Ed25519 public key of 32 bytes. */
export function peerIdOf(publicKey: Uint8Array): PeerId {
  const bytes = new Uint8Array(PREFIX.length + KEY_BYTES);
  bytes.set(PREFIX);
  bytes.set(publicKey, PREFIX.length);
  // base58 of these 38 bytes is what isPeerId accepts.
  return base58btc.baseEncode(bytes) as PeerId;
}

/** The public key inside a PeerId. @throws {SkeinError} `OPTION_INVALID` when it isn't one of an Ed25519 key */
export function publicKeyOf(peer: PeerId): Uint8Array<ArrayBuffer> {
  const key = isPeerId(peer) ? decode(peer) : undefined;
  if (key !== undefined) return key;
  throw new SkeinError("OPTION_INVALID", `"${String(peer).slice(0, 80)}" is not the id of a peer`, {
    hint: "ids of peers begin with 12D3Koo; copy it whole",
  });
}

function decode(peer: string): Uint8Array<ArrayBuffer> | undefined {
  let bytes: Uint8Array;
  try {
    bytes = base58btc.baseDecode(peer);
  } catch {
    return undefined;
  }
  if (bytes.byteLength !== PREFIX.length + KEY_BYTES) return undefined;
  if (PREFIX.some((byte, index) => bytes[index] !== byte)) return undefined;
  return new Uint8Array(bytes.subarray(PREFIX.length));
}

/** Characters of an id that people tell peers apart by: the last ones, for all ids begin alike. */
const SHORT_ID_LENGTH = 8;

/** The end of an id, as `revoke` takes it. */
export const shortId = (peer: PeerId): string => `…${peer.slice(-SHORT_ID_LENGTH)}`;

/** A peer in words for people. */
export function peerText(peer: PeerId, name: string | undefined): string {
  if (name === undefined || name === "") return peer;
  // Who was given no name is called by the end of its id.
  return peer.endsWith(name) ? shortId(peer) : `"${name}" (${shortId(peer)})`;
}

/** Endpoints seen in headers that are kept ready; beyond that they are made anew. */
const TABLE_LIMIT = 4096;

/** Turns endpoints into their bytes in a header and back, each made once. */
export class EndpointTable {
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #names = new Map<PeerId, string>();
  #last: Endpoint | undefined;
  #lastKey: Uint8Array = new Uint8Array(0);

  /** @throws {SkeinError} `OPTION_INVALID` for what is no PeerId or server number */
  bytesOf(endpoint: Endpoint): Uint8Array {
    const name = `${endpoint.peer}/${endpoint.server}`;
    let bytes = this.#bytes.get(name);
    if (bytes === undefined) {
      bytes = endpointBytes(publicKeyOf(endpoint.peer), endpoint.server);
      if (this.#bytes.size >= TABLE_LIMIT) this.#bytes.clear();
      this.#bytes.set(name, bytes);
    }
    return bytes;
  }

  /** What a peer calls itself: for words to people. */
  named(peer: PeerId, name: string): void {
    if (this.#names.size >= TABLE_LIMIT) this.#names.clear();
    this.#names.set(peer, name);
  }

  /** An endpoint in words for people: by its name and the end of its id where the name is known, else by its whole id. */
  show({ peer, server }: Endpoint): string {
    return peerText(peer, this.#names.get(peer)) + (server === 0 ? "" : `/${server}`);
  }

  /** The endpoint at `offset` of a frame; the same object for the same endpoint while it is kept. */
  read(frame: Uint8Array, offset: number): Endpoint {
    const server = readU16(frame, offset);
    const last = this.#last;
    if (last !== undefined && last.server === server && hasKey(frame, offset, this.#lastKey)) return last;
    const key = frame.slice(offset + 2, offset + 2 + KEY_BYTES);
    const name = `${String.fromCharCode(...key)}${server}`;
    let endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) {
      endpoint = { peer: peerIdOf(key), server };
      if (this.#endpoints.size >= TABLE_LIMIT) this.#endpoints.clear();
      this.#endpoints.set(name, endpoint);
    }
    this.#last = endpoint;
    this.#lastKey = key;
    return endpoint;
  }
}
