/** Says that a private scheduler has no node, and why: its tasks wait, for as long as it takes. */
import { type Address, SECOND_MS } from "@skein/runtime";

/** So long without a node is said, once until there was one. */
export const NODES_AWAITED_MS: number = 5 * SECOND_MS;

export interface NodesAwaitedOptions {
  /** Where nodes were said to be; none: they are looked for on the local network. */
  readonly named: readonly Address[];
  /** Peers that are connected, and nodes that serve, now. */
  readonly count: () => { readonly peers: number; readonly nodes: number };
  readonly say: (text: string) => void;
}

export class NodesAwaited {
  readonly #options: NodesAwaitedOptions;
  readonly #timer: NodeJS.Timeout;
  #told = false;

  constructor(options: NodesAwaitedOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), NODES_AWAITED_MS).unref();
  }

  /** Twice does nothing. */
  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { named, count, say } = this.#options;
    const { peers, nodes } = count();
    if (nodes === 0 && !this.#told) say(`there is no node, and tasks wait for one: ${why(peers, named)}`);
    this.#told = nodes === 0;
  }
}

function why(peers: number, named: readonly Address[]): string {
  if (peers > 0) return "those that were reached have another scheduler, or none of them is a node";
  return named.length > 0
    ? `nobody who shares the secret answers at ${named.join(", ")}`
    : "nobody who shares the secret is found on the local network; nodes: [address] or SKEIN_PEER says where they are";
}
