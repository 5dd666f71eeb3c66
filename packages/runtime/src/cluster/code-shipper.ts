/** Brings a client's bundles to the nodes that need them: each once per node, by digest. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type CodeDigest, type PeerId } from "../ids.ts";
import { MINUTE_MS, SECOND_MS } from "../units.ts";
import { type ClusterPeer } from "./cluster-peer.ts";

/** A bundle that is ready to go. */
export interface ShippedCode {
  readonly digest: CodeDigest;
  readonly code: Uint8Array;
  /** Classes of the job are among it: servers have to know them before they can read arguments. */
  readonly classes: boolean;
}

/** How long a node is trusted to keep a bundle it was seen to have; it does so for longer after each question. */
const ASK_AGAIN_MS: number = 5 * MINUTE_MS;

/** A bundle that is asked for again goes again no sooner than this after it went last: a node may ask as often as it likes. */
const AGAIN_AFTER_MS: number = SECOND_MS;

interface Shipped {
  readonly code: ShippedCode;
  readonly done: Promise<void>;
  readonly askedMs: number;
  /** It is being sent once more. */
  again: Promise<void> | undefined;
}

export class CodeShipper {
  readonly #peer: ClusterPeer;
  readonly #there = new Map<PeerId, Map<CodeDigest, Shipped>>();

  constructor(peer: ClusterPeer) {
    this.#peer = peer;
  }

  /** Sees to it that the node has these bundles. A failure is forgotten: the next call tries again. */
  async ensure(node: PeerId, codes: Iterable<ShippedCode>): Promise<void> {
    await Promise.all(Array.from(codes, (code) => this.#ensureOne(node, code)));
  }

  /** The node says that a bundle which it had has made room: sends it once more, and once for all who ask meanwhile. */
  again(node: PeerId, digest: CodeDigest): Promise<void> {
    const shipped = this.#there.get(node)?.get(digest);
    if (shipped === undefined) return Promise.resolve();
    shipped.again ??= this.#sendAgain(node, shipped);
    return shipped.again;
  }

  async #sendAgain(node: PeerId, shipped: Shipped): Promise<void> {
    await shipped.done;
    const { platform } = this.#peer.runtime;
    const waitMs = shipped.askedMs + AGAIN_AFTER_MS - platform.now();
    if (waitMs > 0) await new Promise<void>((resolve) => platform.startTimer(waitMs, resolve));
    const there = this.#there.get(node);
    const { code } = shipped;
    if (there?.get(code.digest) === shipped) there.delete(code.digest);
    await this.#ensureOne(node, code);
  }

  /** The node may have lost what it had. */
  forget(matches: (endpoint: Endpoint) => boolean): void {
    for (const node of this.#there.keys()) if (matches({ peer: node, server: 0 })) this.#there.delete(node);
  }

  #ensureOne(node: PeerId, code: ShippedCode): Promise<void> {
    let there = this.#there.get(node);
    if (there === undefined) this.#there.set(node, (there = new Map()));
    const nowMs = this.#peer.runtime.platform.now();
    const known = there.get(code.digest);
    if (known !== undefined && nowMs - known.askedMs < ASK_AGAIN_MS) return known.done;
    const shipped: Shipped = {
      code,
      done: this.#ship({ peer: node, server: 0 }, code),
      askedMs: nowMs,
      again: undefined,
    };
    const digests = there;
    digests.set(code.digest, shipped);
    void shipped.done.then(undefined, () => {
      if (digests.get(code.digest) === shipped) digests.delete(code.digest);
    });
    return shipped.done;
  }

  async #ship(to: Endpoint, { digest, code }: ShippedCode): Promise<void> {
    const { procedures } = this.#peer;
    if ((await procedures.call(to, "node.code.has", { digest })) === true) return;
    await procedures.call(to, "node.code.put", { digest, code });
  }
}
