/** Server processes of a simulated node: a runtime each behind a link, with functions of a table as code. */
import { startServer } from "../../cluster/server.ts";
import type { ServerHost, ServerProcess, ServerProcessExit } from "../../cluster/contracts.ts";
import type { CodeDigest, PeerId } from "../../ids.ts";
import { createServerRouter } from "../../peer/server-router.ts";
import { createRuntime } from "../../task/runtime.ts";
import type { Kernel } from "./kernel.ts";
import { SimLink } from "./sim-link.ts";
import type { SimProcess } from "./sim-process.ts";
import { Wire } from "./wire.ts";

/** From the start of a process until it can be talked to. */
const START_MS = 30;
/** One way between a node and its server process. */
const LOCAL_LATENCY_MS = 0.03;

export interface SimServerHostOptions {
  readonly kernel: Kernel;
  /** The node's own process. */
  readonly node: SimProcess;
  readonly peer: PeerId;
  readonly servers: number;
  /** Makes a process of this machine. */
  readonly makeProcess: (name: string) => SimProcess;
  /** The functions of a bundle, as this process runs them. */
  readonly importCode: (digest: CodeDigest, process: SimProcess) => Readonly<Record<string, unknown>>;
}

export class SimServerHost implements ServerHost {
  readonly servers: number;
  readonly #options: SimServerHostOptions;
  readonly #running = new Map<number, ServerProcess>();

  constructor(options: SimServerHostOptions) {
    this.#options = options;
    this.servers = options.servers;
  }

  start(server: number): Promise<ServerProcess> {
    const { kernel, node, peer, makeProcess, importCode } = this.#options;
    const child = makeProcess(`${node.name}/${server}`);
    const runtime = createRuntime({ platform: child.platform });
    child.runs(() => runtime.engine);
    const state = { blocked: () => false, latencyMs: () => LOCAL_LATENCY_MS };
    const [link, own] = [
      new SimLink(new Wire(kernel, node, child, state)),
      new SimLink(new Wire(kernel, child, node, state)),
    ];
    link.join(own);
    kernel.at(child, START_MS, "start", () => {
      const router = createServerRouter({ runtime, link: own, self: { peer, server } });
      const { procedures, bulk } = router;
      const shell = startServer({
        runtime,
        procedures,
        bulk,
        importCode: (digest) => Promise.resolve(importCode(digest, child)),
      });
      shell.ready.catch(() => undefined);
    });
    const exited = Promise.withResolvers<ServerProcessExit>();
    const kill = (): void => {
      if (child.dead) return;
      child.kill();
      kernel.at(node, LOCAL_LATENCY_MS, "server exit", () => {
        link.end(undefined);
        exited.resolve({ code: undefined, signal: "SIGKILL" });
      });
    };
    const process: ServerProcess = { link, exited: exited.promise, kill };
    this.#running.set(server, process);
    return Promise.resolve(process);
  }

  /** As if the process had died by itself. */
  kill(server: number): void {
    this.#running.get(server)?.kill();
  }

  close(): Promise<void> {
    for (const process of this.#running.values()) process.kill();
    return Promise.resolve();
  }
}
