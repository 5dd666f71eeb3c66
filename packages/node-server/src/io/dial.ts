/** Opening TCP and TLS connections. */
import { connect, type Socket } from "node:net";
import { type Operation, SkeinError, type WaitOptions } from "@skein/runtime";
import { DIAL_TIMEOUT_MS } from "@skein/runtime/host";
import { loadTls } from "./builtins.ts";
import { waitFor } from "./callback-wait.ts";
import { Connection, type ConnectionLimits, reasonOf } from "./connection.ts";
import { KEEP_ALIVE_AFTER_MS, pem } from "./listen.ts";

/** Whom a TLS connection trusts, and what it shows. Texts are PEM. */
export interface TlsDialOptions {
  /** Certificates of the authorities to trust, in place of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The name that the certificate must be made for. Default: `host`. */
  readonly serverName?: string;
  /** This side's certificate and key, where the listener asks for one. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

export interface DialOptions extends WaitOptions, ConnectionLimits {
  readonly host: string;
  readonly port: number;
  /** TLS: `true` for the system's authorities. The certificate and its name are always checked. */
  readonly tls?: true | TlsDialOptions;
}

/**
 * Opens a TCP connection, with `tls` a TLS one. All addresses of the host are tried. Default limit: 10 s.
 *
 * @throws {SkeinError} `CONNECTION_FAILED` when nobody answers there, or the certificate isn't one to trust; `TIMEOUT`
 * @example
 * const connection = yield* task.use(dial({ host: "example.org", port: 443, tls: true }));
 */
export function dial(options: DialOptions): Operation<Connection> {
  const { host, port } = options;
  const what = `dial ${host}:${port}`;
  const limits: WaitOptions = { timeoutMs: DIAL_TIMEOUT_MS, ...options };
  return waitFor<Connection>(
    { what, limits, unclaimed: (connection) => void connection.close({ cancel: true }) },
    (ends) => {
      const socket = openSocket(options, what);
      const onError = (cause: Error): void => {
        socket.destroy();
        ends.fail(() => failedError(what, cause));
      };
      const onReady = (): void => {
        socket.off("error", onError);
        ends.settle(new Connection(socket, options));
      };
      socket.once("error", onError);
      socket.once(options.tls === undefined ? "connect" : "secureConnect", onReady);
      return () => {
        socket.on("error", () => {});
        socket.destroy();
      };
    },
  );
}

function openSocket(options: DialOptions, what: string): Socket {
  const { host, port, tls } = options;
  const socketOptions = {
    host,
    port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
  };
  if (tls === undefined) return connect(socketOptions);
  const { ca, serverName, cert, key } = tls === true ? {} : tls;
  try {
    return loadTls().connect({
      ...socketOptions,
      ...(ca === undefined ? {} : { ca: typeof ca === "string" || ca instanceof Uint8Array ? pem(ca) : ca.map(pem) }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(cert === undefined ? {} : { cert: pem(cert) }),
      ...(key === undefined ? {} : { key: pem(key) }),
      rejectUnauthorized: true,
    });
  } catch (cause) {
    throw new SkeinError("OPTION_INVALID", `${what}: its TLS options can't be used${reasonOf(cause)}`, {
      hint: "give certificates and keys as PEM",
      cause,
    });
  }
}

function failedError(what: string, cause: Error): SkeinError {
  const code = "code" in cause ? String(cause.code) : "";
  const untrusted = /CERT|ALTNAME|SELF_SIGNED|SIGNATURE|ISSUER/.test(code);
  return new SkeinError("CONNECTION_FAILED", `${what} failed${reasonOf(cause)}`, {
    hint: untrusted
      ? "give the certificate's authority as tls.ca, and the name it is made for as tls.serverName"
      : "check host and port, and that somebody listens there",
    cause,
  });
}
