/** Forwards a page's WebSocket to the peer's own listener on this machine: pages then need the console's port only. */
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Duplex } from "node:stream";
import type { Address } from "@skein/runtime";
import { CONSOLE_TUNNELS_LIMIT, TUNNEL_DIAL_MS } from "./limits.ts";

export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
  /** It listens on `wss://`. */
  readonly tls?: true;
}

/** What the listener needs to know of the page's request; never its cookie. */
const FORWARDED = ["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"];

export class Tunnels {
  readonly #open = new Set<() => void>();

  /** Bytes pass as they are: inside is libp2p with Noise, which proves both ends by itself. */
  forward(request: IncomingMessage, page: Duplex, head: Uint8Array, target: TunnelTarget | undefined): void {
    if (target === undefined || this.#open.size >= CONSOLE_TUNNELS_LIMIT) {
      refuseUpgrade(page, 503);
      return;
    }
    const peer = dial(target);
    const close = (): void => {
      this.#open.delete(close);
      page.destroy();
      peer.destroy();
    };
    this.#open.add(close);
    peer.setTimeout(TUNNEL_DIAL_MS, close);
    peer.once(target.tls === true ? "secureConnect" : "connect", () => {
      peer.setTimeout(0);
      const lines = FORWARDED.flatMap((name) => {
        const value = request.headers[name];
        return typeof value === "string" ? [`${name}: ${value}`] : [];
      });
      const host = target.host.includes(":") ? `[${target.host}]` : target.host;
      peer.write(
        [
          "GET / HTTP/1.1",
          `Host: ${host}:${target.port}`,
          "Connection: Upgrade",
          "Upgrade: websocket",
          ...lines,
          "",
          "",
        ].join("\r\n"),
      );
      peer.write(head);
      page.pipe(peer);
      peer.pipe(page);
    });
    for (const side of [page, peer]) {
      side.on("error", close);
      side.on("close", close);
    }
  }

  close(): void {
    for (const close of this.#open) close();
  }
}

function dial({ host, port, tls }: TunnelTarget): Socket {
  if (tls === undefined) return connect({ host, port, noDelay: true });
  // Our own listener, by an address that its certificate need not have; Noise inside proves both ends.
  return connectTls({ host, port, rejectUnauthorized: false }).setNoDelay(true);
}

/** Ends an upgrade without one, and its connection whether or not the other end closes it: nothing else would. */
export function refuseUpgrade(page: Duplex, status: number): void {
  page.on("error", () => page.destroy());
  page.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => page.destroy());
}

/** A WebSocket listener among a peer's addresses, a plain and near one if there is; loopback where it listens on every interface. */
export function webSocketOf(addresses: readonly Address[]): TunnelTarget | undefined {
  const targets = addresses.flatMap((address) => {
    const url = /^wss?:\/\//.test(address) ? URL.parse(address) : null;
    if (url !== null) {
      const tls = url.protocol === "wss:";
      return [targetOf(url.hostname.replaceAll(/[[\]]/g, ""), Number(url.port || (tls ? 443 : 80)), tls)];
    }
    const [, host = "", port, secure] =
      /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)\/(tls\/ws|wss|ws)(?:\/p2p\/[^/]+)?$/.exec(address) ?? [];
    return port === undefined ? [] : [targetOf(host, Number(port), secure !== "ws")];
  });
  const isNear = ({ host }: TunnelTarget): boolean => /^(?:127\.|::1$|localhost$|0\.0\.0\.0$|::$)/.test(host);
  const plain = targets.filter(({ tls }) => tls === undefined);
  const near = plain.find(isNear) ?? plain[0] ?? targets.find(isNear) ?? targets[0];
  if (near === undefined) return undefined;
  if (near.host === "0.0.0.0") return { ...near, host: "127.0.0.1" };
  return near.host === "::" ? { ...near, host: "::1" } : near;
}

const targetOf = (host: string, port: number, tls: boolean): TunnelTarget =>
  tls ? { host, port, tls: true } : { host, port };
