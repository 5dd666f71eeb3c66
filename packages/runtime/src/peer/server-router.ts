/** The router of a server process: everything it sends and receives goes over the one link to its node. */
import { type Endpoint, endpointKey } from "../contracts/endpoint.ts";
import type { Link } from "../contracts/link.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { Router } from "../contracts/router.ts";
import { SkeinError, errorFrom } from "../errors.ts";
import { LinkCarrier } from "../link/link-carrier.ts";
import type { Runtime } from "../task/runtime.ts";
import { FROM_OFFSET, checkFrame } from "../wire/frames.ts";
import type { Bulk } from "./bulk.ts";
import { codecOf } from "./codec-of.ts";
import { EndpointTable } from "./identity.ts";
import { NAMES } from "./directory.ts";
import { inboundOf } from "../message/inbound.ts";
import { type NameWatcher, nameTable } from "../message/names.ts";
import { serverLocator } from "./locate.ts";
import { NameBatch } from "./name-batch.ts";
import { ProcessRouter } from "./router.ts";

export interface ServerRouterOptions {
  readonly runtime: Runtime;
  /** To the node, which forwards by header and vouches for whom frames come from. */
  readonly link: Link;
  /** This process: its node's peer, and its number there. */
  readonly self: Endpoint;
}

export interface ServerRouter {
  readonly router: Router;
  readonly procedures: Procedures;
  /** Transfers piece by piece, for what is too large for a message. */
  readonly bulk: Bulk;
  /** Flushes what was sent and closes the link. Twice does nothing. */
  close(): void;
  /** Resolves when the link is closed by either side. */
  readonly closed: Promise<Error | undefined>;
}

/**
 * Joins a server process to its node and attaches its runtime to the network.
 *
 * @example
 * const { procedures, closed } = createServerRouter({ runtime, link, self: { peer, server: 1 } });
 */
export function createServerRouter({ runtime, link, self }: ServerRouterOptions): ServerRouter {
  const carrier = new LinkCarrier(link);
  const table = new EndpointTable();
  const router = new ProcessRouter({
    platform: runtime.platform,
    inbound: inboundOf(runtime),
    codec: codecOf(runtime),
    table,
    self,
    logger: runtime.logger,
    ownRoles: () => 0,
    carrierTo: () => carrier,
    locationOf: ({ peer }) => ({ peer, addresses: [] }),
  });
  const attached = runtime.attach(router);
  const names = runtime.engine.part(nameTable);
  const node = { peer: self.peer, server: 0 };
  names.locator = serverLocator(router, node);
  // Names of a server process are found through its node.
  const batch = new NameBatch(runtime.platform, (added, removed) => router.notify(node, NAMES, { added, removed }));
  const watcher: NameWatcher = {
    registered: (name, kind, who) =>
      batch.add({ name, kind, server: self.server, ...(who === undefined ? {} : { who }) }),
    freed: (name, kind) => batch.remove({ name, kind, server: self.server }),
  };
  let watch = names.watch(watcher);
  // A node that gave this process's server to others has forgotten its names.
  const again = router.onLost((matches) => {
    if (!matches(node)) return;
    watch[Symbol.dispose]();
    watch = names.watch(watcher);
  });
  const receive = (frame: Uint8Array): void => {
    try {
      checkFrame(frame);
    } catch (error) {
      link.abort(errorFrom(error));
      return;
    }
    try {
      router.receive(frame);
    } catch (error) {
      // The node forwards without looking inside: whoever wrote this is to blame, not the link.
      const from = table.read(frame, FROM_OFFSET);
      runtime.logger.warn("endpoint.misbehaved", { endpoint: endpointKey(from), error });
      router.drop(from, errorFrom(error));
    }
  };
  // What came before waits until the caller has registered its procedures.
  runtime.platform.microtask(() => link.receive(receive));
  const end = (error: Error): void => {
    again[Symbol.dispose]();
    watch[Symbol.dispose]();
    batch.close();
    router.close(error);
    attached[Symbol.dispose]();
    names.locator = undefined;
  };
  void link.closed.then((error) => end(linkClosed(error)));
  return {
    router,
    procedures: router,
    bulk: router.bulk,
    close: () => {
      end(linkClosed(undefined));
      link.close();
    },
    closed: link.closed,
  };
}

const linkClosed = (cause: Error | undefined): SkeinError =>
  new SkeinError("PEER_LOST", "the link to the node is closed", {
    hint: "the node ended or let this server process go",
    ...(cause === undefined ? {} : { cause }),
  });
