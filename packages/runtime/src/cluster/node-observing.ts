/** What a node has to do with those who look: its servers are told too, those that come later as well. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import { errorFrom } from "../errors.ts";
import { type JobId } from "../ids.ts";
import { type Logger } from "../logger.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type Lane } from "./lane.ts";
import { NodeBundles } from "./node-code.ts";
import { type Topic } from "./observed.ts";
import { showPlace } from "./peer-place.ts";
import { type PlaceTopics } from "./watch-words.ts";

export interface NodeObservingOptions {
  readonly peer: ClusterPeer;
  readonly role: "node" | "tab";
  readonly logger: Logger;
  /** Its servers, those of set-ups too. */
  readonly lanes: () => readonly Lane[];
}

export class NodeObserving {
  readonly #options: NodeObservingOptions;
  readonly #askers = new Map<string, { readonly to: Endpoint; readonly topics: readonly Topic[] }>();
  readonly bundles: NodeBundles = new NodeBundles();
  readonly #handles: readonly Disposable[];

  constructor(options: NodeObservingOptions) {
    const { peer, role, logger, lanes } = options;
    this.#options = options;
    const here = (): ReadonlySet<JobId> => new Set(lanes().flatMap(({ assigned }) => assigned?.job ?? []));
    this.#handles = [
      peer.procedures.onLost((matches) => {
        for (const { to } of this.#askers.values()) if (matches(to)) this.look(to, [], false);
      }),
      showPlace(peer, { role, logger, bundles: () => this.bundles.list(here()), onTopics: this.look }),
    ];
  }

  /** A scheduler looks at these of its topics, and no others. */
  readonly look = (to: Endpoint, topics: readonly Topic[], fresh: boolean): void => {
    if (topics.length === 0) this.#askers.delete(endpointKey(to));
    else this.#askers.set(endpointKey(to), { to, topics });
    for (const { server, state } of this.#options.lanes()) {
      if (state === "ready" || state === "assigned") this.#say(server, { topics: ofServers(topics), fresh, to });
    }
  };

  /** The server's process has just come, or come back. */
  began(server: number): void {
    for (const { to, topics } of this.#askers.values())
      this.#say(server, { topics: ofServers(topics), fresh: true, to });
  }

  close(): void {
    this.#askers.clear();
    for (const handle of this.#handles) handle[Symbol.dispose]();
  }

  #say(server: number, words: PlaceTopics): void {
    const { peer, logger } = this.#options;
    try {
      peer.procedures.notify({ peer: peer.id, server }, "place.topics", words);
    } catch (error) {
      logger.debug("server.topics", { server, error: errorFrom(error).message });
    }
  }
}

/** A server has no links but that to its node. */
const ofServers = (topics: readonly Topic[]): readonly Topic[] => topics.filter((topic) => topic !== "links");
