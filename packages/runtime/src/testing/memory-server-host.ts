/** Server processes that are runtimes of this process, each behind a link in memory. */
import { type CodeStore, type ServerHost, type ServerProcess, type ServerProcessExit } from "../cluster/contracts.ts";
import { startServer } from "../cluster/server.ts";
import { type ImportCode } from "../cluster/server-code.ts";
import { type Link } from "../contracts/link.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type PeerId } from "../ids.ts";
import { memoryLinks } from "../link/memory.ts";
import { createServerRouter } from "../peer/server-router.ts";
import { type Platform } from "../platform.ts";
import { createRuntime } from "../task/runtime.ts";

export interface MemoryServerProcess extends ServerProcess {
  /** The process's own end of its link. */
  readonly ownLink: Link;
  readonly killed: () => boolean;
}

export class MemoryServerHost implements ServerHost {
  readonly servers: number;
  /** Processes started so far, by server. */
  readonly started: Map<number, number> = new Map();
  /** The last process of each server. */
  readonly processes: Map<number, MemoryServerProcess> = new Map();
  readonly #platform: Platform;
  readonly #peer: PeerId;
  readonly #import: ImportCode;
  readonly #code: CodeStore | undefined;

  /** `code`: a bundle that it has not (any more) can't be imported. */
  constructor(platform: Platform, peer: PeerId, servers: number, importCode: ImportCode, code?: CodeStore) {
    this.#code = code;
    this.#platform = platform;
    this.#peer = peer;
    this.servers = servers;
    this.#import = importCode;
  }

  async start(server: number): Promise<ServerProcess> {
    this.started.set(server, (this.started.get(server) ?? 0) + 1);
    const runtime = createRuntime({ platform: this.#platform });
    const [link, ownLink] = memoryLinks(this.#platform);
    const router = createServerRouter({ runtime, link: ownLink, self: { peer: this.#peer, server } });
    const shell = startServer({
      runtime,
      procedures: router.procedures,
      bulk: router.bulk,
      importCode: async (digest) => {
        if (this.#code !== undefined) {
          await router.procedures.call({ peer: this.#peer, server: 0 }, "node.code.give", { digest });
        }
        return await this.#import(digest);
      },
    });
    shell.ready.catch(() => undefined);
    const exited = Promise.withResolvers<ServerProcessExit>();
    let dead = false;
    const kill = (): void => {
      if (dead) return;
      dead = true;
      ownLink.close();
      shell.close();
      runtime.close({ cancel: true }).then(undefined, () => undefined);
      exited.resolve({ code: undefined, signal: "SIGKILL" });
    };
    const giveCode = async (digest: CodeDigest): Promise<void> => {
      if (this.#code?.has(digest) === false)
        throw new SkeinError("CODE_UNKNOWN", "it is gone", { hint: "send it again" });
    };
    const process = { link, ownLink, exited: exited.promise, kill, giveCode, killed: () => dead };
    this.processes.set(server, process);
    return process;
  }

  async close(): Promise<void> {
    for (const process of this.processes.values()) process.kill();
  }
}
