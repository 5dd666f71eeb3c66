/** A peer as a place to look at: one, whatever parts of a cluster (scheduler, node, clients) it is. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { type Logger } from "../logger.ts";
import { type Engine } from "../task/engine.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type BundleInfo, type JobFileInfo, type PlaceRole, type Topic } from "./observed.ts";
import { parsePlaceTopics } from "./watch-words.ts";
import { PlaceObserver } from "./place-observer.ts";

/** What a part of a cluster adds to what its peer shows. */
export interface PlacePart {
  readonly role: PlaceRole;
  readonly logger: Logger;
  readonly bundles?: () => Iterable<BundleInfo>;
  readonly files?: () => Iterable<JobFileInfo>;
  /** `to` looks at these topics, and no others. */
  readonly onTopics?: (to: Endpoint, topics: readonly Topic[], fresh: boolean) => void;
}

/** The more it decides, the earlier. */
const ROLES: readonly PlaceRole[] = ["scheduler", "node", "tab", "client", "peer"];

/** Has `peer` show itself to its schedulers, when they ask, until disposed. */
export function showPlace(peer: ClusterPeer, part: PlacePart): Disposable {
  return peer.runtime.engine.part(peerPlace).add(peer, part);
}

class PeerPlace {
  readonly #parts = new Set<PlacePart>();
  readonly #engine: Engine;
  #observer: PlaceObserver | undefined;
  /** It stays: a scheduler may not have heard yet that there is no part any more. */
  #handled: Procedures | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  add(peer: ClusterPeer, given: PlacePart): Disposable {
    const part = { ...given };
    this.#parts.add(part);
    this.#observer ??= this.#observing(peer, part.logger);
    // A runtime may belong to another peer once this one is closed.
    if (this.#handled !== peer.procedures) this.#handle(peer.procedures);
    this.#handled = peer.procedures;
    return {
      [Symbol.dispose]: () => {
        if (!this.#parts.delete(part) || this.#parts.size > 0) return;
        this.#observer?.close();
        this.#observer = undefined;
      },
    };
  }

  #observing(peer: ClusterPeer, logger: Logger): PlaceObserver {
    const { procedures } = peer;
    return new PlaceObserver({
      procedures,
      logger,
      source: {
        engine: this.#engine,
        self: procedures.self,
        peer: () => ({ name: peer.name, role: this.#role, links: peer.links() }),
        bundles: () => Array.from(this.#parts).flatMap(({ bundles }) => [...(bundles?.() ?? [])]),
        files: () => Array.from(this.#parts).flatMap(({ files }) => [...(files?.() ?? [])]),
      },
    });
  }

  #handle(procedures: Procedures): void {
    procedures.handle(
      "place.topics",
      { parse: parsePlaceTopics, roles: ["scheduler"] },
      ({ topics, fresh = false }, { endpoint }) => {
        if (endpoint.server !== 0) return;
        this.#observer?.look(endpoint, topics, fresh);
        for (const { onTopics } of this.#parts) onTopics?.(endpoint, topics, fresh);
      },
    );
  }

  get #role(): PlaceRole {
    const roles = new Set(Array.from(this.#parts, ({ role }) => role));
    return ROLES.find((role) => roles.has(role)) ?? "peer";
  }
}

/** The key of an engine's {@link PeerPlace}: a runtime belongs to one peer. */
const peerPlace = (engine: Engine): PeerPlace => new PeerPlace(engine);
