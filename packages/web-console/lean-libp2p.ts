/**
 * Leaves out of a page what libp2p has for peers that listen, look for others, or keep what they know: a page dials where
 * it is told, is reached through a relay, and forgets all when it closes.
 */
import type { Plugin } from "vite";
import { type Replaced, replaceModules } from "./replace-modules.ts";

const DEBUG_LINE = /^[ \t]*(?:[\w.]+\.)?log(?:\.(?:error|trace))?\(.*\);$/gm;
const OF_LIBP2P = /\/node_modules\/(?:libp2p|@libp2p\/[\w-]+|@chainsafe\/libp2p-noise)\/dist\/src\/.*\.js$/;

const REPLACED: readonly Replaced[] = [
  // Nobody is asked where a peer or a content is: our own directory knows.
  ["/libp2p/dist/src/content-routing.js", "export class CompoundContentRouting {}"],
  [
    "/libp2p/dist/src/peer-routing.js",
    `export class DefaultPeerRouting {
      async findPeer() {
        throw Object.assign(new Error("no other addresses are known"), { name: "NoPeerRoutersError" });
      }
    }`,
  ],
  ["/libp2p/dist/src/random-walk.js", "export class RandomWalk { async *walk() {} }"],
  // Switched off in libp2p-settings.ts: heartbeats and reconnecting are ours.
  ["/libp2p/dist/src/connection-monitor.js", "export class ConnectionMonitor {}"],
  ["/libp2p/dist/src/connection-manager/reconnect-queue.js", "export class ReconnectQueue {}"],
  // A page has no thousands of connections, and nobody dials it.
  [
    "/libp2p/dist/src/connection-manager/connection-pruner.js",
    "export class ConnectionPruner { maybePruneConnections() {} }",
  ],
  ["/@libp2p/utils/dist/src/rate-limiter.js", "export class RateLimiter { consume() {} }"],
  // Names are looked up by the browser.
  [
    "/libp2p/dist/src/connection-manager/resolvers/index.js",
    `export const dnsaddrResolver = undefined;
    export const resolveMultiaddr = async (address) => [address];`,
  ],
  // No nets are allowed or denied.
  ["/@chainsafe/netmask/dist/src/index.js", "export class IpNet {}\nexport const cidrContains = () => false;"],
  // Its addresses are those that relays give it.
  [
    "/libp2p/dist/src/address-manager/index.js",
    `export class AddressManager {
      #components;
      constructor(components) { this.#components = components; }
      getAddresses() {
        const { transportManager, peerId } = this.#components;
        const own = transportManager.getAddrs().map((address) => [address.toString(), address]);
        return [...new Map(own).values()].map((address) => address.encapsulate("/p2p/" + peerId.toString()));
      }
      getListenAddrs() { return []; }
      confirmObservedAddr() {}
      removeObservedAddr() {}
    }`,
  ],
  ["/@libp2p/utils/dist/src/private-ip.js", "export const isPrivateIp = () => false;"],
  // Of the ids that contents have, only the hash in a peer's is asked for.
  [
    "/multiformats/dist/src/cid.js",
    `const unread = () => { throw new Error("a page reads no CIDs"); };
    export class CID {
      constructor(multihash) { this.multihash = multihash; }
      static createV1 = (code, multihash) => new CID(multihash);
      static parse = unread;
      static decode = unread;
      static asCID = () => null;
    }`,
  ],
  // Nothing is written in emoji.
  ["/multiformats/dist/src/bases/base256emoji.js", "export {};"],
  // Exact for the few that a page meets.
  [
    "/@libp2p/utils/dist/src/filters/scalable-cuckoo-filter.js",
    `export class ScalableCuckooFilter {
      #seen = new Set();
      add(item) { this.#seen.add(String(item)); }
      has(item) { return this.#seen.has(String(item)); }
      remove(item) { return this.#seen.delete(String(item)); }
    }
    export const createScalableCuckooFilter = () => new ScalableCuckooFilter();`,
  ],
  // In memory: the addresses through which a relay is dialled again.
  [
    "/@libp2p/peer-store/dist/src/index.js",
    `const PEERS_LIMIT = 1000, ADDRESSES_LIMIT = 16;
    class KnownAddresses {
      #peers = new Map();
      async all({ filters = [] } = {}) {
        return [...this.#peers.values()].filter((peer) => filters.every((fits) => fits(peer)));
      }
      async forEach(each) { this.#peers.forEach(each); }
      async has(id) { return this.#peers.has(String(id)); }
      async delete(id) { this.#peers.delete(String(id)); }
      async get(id) {
        const known = this.#peers.get(String(id));
        if (known === undefined) throw Object.assign(new Error("no address is known"), { name: "NotFoundError" });
        return known;
      }
      async getInfo(id) {
        const { addresses } = await this.get(id);
        return { id, multiaddrs: addresses.map(({ multiaddr }) => multiaddr) };
      }
      async merge(id, { multiaddrs = [] }) {
        const known = this.#peers.get(String(id));
        const peer = known ?? { id, addresses: [], protocols: [], metadata: new Map(), tags: new Map() };
        for (const multiaddr of multiaddrs) {
          if (!peer.addresses.some((one) => one.multiaddr.equals(multiaddr))) {
            peer.addresses.unshift({ multiaddr, isCertified: false });
          }
        }
        peer.addresses.length = Math.min(peer.addresses.length, ADDRESSES_LIMIT);
        if (known !== undefined || peer.addresses.length === 0) return peer;
        if (this.#peers.size >= PEERS_LIMIT) this.#peers.delete(this.#peers.keys().next().value);
        this.#peers.set(String(id), peer);
        return peer;
      }
      async patch(id, data) { return await this.merge(id, data); }
      async save(id, data) { return await this.merge(id, data); }
      async consumePeerRecord() { return false; }
    }
    export const persistentPeerStore = () => new KnownAddresses();`,
  ],
  ["/datastore-core/dist/src/memory.js", "export class MemoryDatastore {}"],
  // Its debug output, with the lines below: skein has a logger of its own.
  [
    "/@libp2p/logger/dist/src/index.js",
    `const silent = () => Object.assign(() => {}, { error() {}, trace() {}, newScope: silent });
    export const defaultLogger = () => ({ forComponent: silent });`,
  ],
];

export function leanLibp2p(): Plugin {
  return {
    ...replaceModules("lean-libp2p", "libp2p", REPLACED),
    // A line each.
    transform: (code, id) => (OF_LIBP2P.test(id) ? { code: code.replaceAll(DEBUG_LINE, ";"), map: null } : undefined),
  };
}
