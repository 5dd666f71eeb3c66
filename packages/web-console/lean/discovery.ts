/** In place of how a peer finds others: a page that watches is connected to the one peer behind its console. */
import type { Address } from "../../runtime/src/contracts/endpoint.ts";
import type { Procedures } from "../../runtime/src/contracts/procedures.ts";
import type { SkeinError } from "../../runtime/src/errors.ts";
import type { Logger } from "../../runtime/src/logger.ts";
import type { Discovery as Full, DiscoveryOptions } from "../../runtime/src/peer/discovery.ts";
import type { PeerEvent } from "../../runtime/src/peer/events.ts";
import { presentEvents } from "../../runtime/src/peer/peer-info.ts";
import { notHere } from "./not-here.ts";

type Parts = Pick<DiscoveryOptions, "peers" | "emit"> & { readonly logger: Logger; readonly router: Procedures };

export class Discovery implements Omit<Pick<Full, keyof Full>, "directory" | "locator"> {
  readonly #parts: Parts;
  /** It keeps none. */
  readonly directory: { refresh(): void; serverLost(): void } = { refresh: () => {}, serverLost: () => {} };
  readonly locator: { locate(): never; locateAll(): never; locatePeer(): never } = {
    locate: unknown,
    locateAll: unknown,
    locatePeer: unknown,
  };

  constructor(parts: Parts) {
    this.#parts = parts;
    // Asked by whoever looks for a name, until somebody has it: not here.
    parts.router.handle(
      "directory.find",
      { parse: () => undefined },
      (_request, { signal }) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve(undefined))),
    );
  }

  event(): void {}

  whereIs(): Promise<readonly Address[]> {
    return Promise.resolve([]);
  }

  /** The console's session stays as long as the page. */
  mayPart(): boolean {
    return false;
  }

  lost(): void {}

  present(): readonly PeerEvent[] {
    return this.#parts.peers.members().flatMap(presentEvents);
  }

  refused({ address }: { readonly address: string }, error: SkeinError): void {
    this.#parts.logger.warn("peer.refused", { address, code: error.code, reason: error.message });
    this.#parts.emit({ type: "refused", address, error });
  }

  kept(): void {}

  lookAround(): void {}

  found(): void {}

  close(): void {}
}

function unknown(): never {
  throw notHere("names");
}
