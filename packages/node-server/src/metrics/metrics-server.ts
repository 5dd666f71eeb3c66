/** `GET /metrics` for Prometheus, on a port of its own: it has no session, and shows counts only. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { collectDefaultMetrics, type Registry } from "prom-client";
import { type Logger, SkeinError } from "@skein/runtime";
import { guardOrigin, isLoopback } from "../console-http/guard.ts";
import { answer, secure } from "../console-http/headers.ts";
import { hostInUrl } from "../console-http/own-hosts.ts";
import { clusterMetrics, type MetricsSource } from "./cluster-metrics.ts";

/** Whoever asks more often than he reads has no use for it. */
const SOCKETS_LIMIT = 64;
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

export interface MetricsServerOptions extends MetricsSource {
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  readonly logger: Logger;
}

export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
}

/** Listens. @throws {SkeinError} `OPTION_INVALID` when it can't */
export async function startMetrics({ host, port, logger, ...source }: MetricsServerOptions): Promise<MetricsServer> {
  const registry = clusterMetrics(source);
  collectDefaultMetrics({ register: registry });
  const server = createServer((request, response) => {
    show(request, response, registry, host).catch((error: unknown) => {
      logger.error("metrics.failed", { error });
      if (!response.headersSent) answer(response, 500, "text/plain", "metrics failed; the log says why\n");
    });
  });
  server.maxConnections = SOCKETS_LIMIT;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new SkeinError("OPTION_INVALID", `metrics can't be served on ${host}:${port}: ${cause.message}`, {
          hint: "choose another --metrics-port, or end what listens there",
          cause,
        }),
      ),
    );
    server.listen({ host, port }, resolve);
  });
  server.on("error", (error) => logger.error("metrics.failed", { error }));
  // A server that listens on a host and port has an address with a port.
  const { port: taken } = server.address() as AddressInfo;
  const url = `http://${hostInUrl(host)}:${taken}/metrics`;
  logger.info("metrics.listening", { url });
  return {
    url,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        registry.clear();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function show(
  request: IncomingMessage,
  response: ServerResponse,
  registry: Registry,
  host: string,
): Promise<void> {
  request.resume();
  secure(response, NO_PAGE);
  // Beyond loopback it goes by the names that its network has for it; on loopback no other site may have one.
  if (isLoopback(host) && guardOrigin(request.headers, { scheme: "http", hosts: [] }) !== undefined) {
    return answer(response, 403, "text/plain", "refused\n");
  }
  if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "text/plain", "refused\n");
  if (URL.parse(request.url ?? "", "http://metrics")?.pathname !== "/metrics") {
    return answer(response, 404, "text/plain", "look at /metrics\n");
  }
  const text = await registry.metrics();
  response.setHeader("Content-Type", registry.contentType);
  response.setHeader("Cache-Control", "no-store");
  response.end(request.method === "HEAD" ? undefined : text);
}
