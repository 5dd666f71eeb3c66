/** `ServerHost` of a tab: each server is a worker in a sandboxed frame of its own, and one is started ahead. */
import { type Logger, type PeerId, SECOND_MS, silentLogger, SkeinError } from "@skein/runtime";
import type { Confinement, ServerHost, ServerProcess } from "@skein/runtime/host";
import { messagePortLink } from "@skein/runtime/network";
import type { ServeAbilities } from "../io/abilities.ts";
import { openFrameBox } from "../sandbox/frame-box.ts";
import { moreParts, programText } from "../sandbox/program-text.ts";
import { openWorkerBox } from "../sandbox/worker-box.ts";
import type { LinkBytes } from "./counted-link.ts";
import type { MemoryCodeStore } from "./memory-code-store.ts";
import { TabServer } from "./tab-server.ts";

/** After the last start, so that servers started together are not slowed by it. */
const SPARE_AFTER_MS = 250;
/** Without a server in use a spare is kept for so long: the next job may come soon. */
const SPARE_KEPT_MS: number = 30 * SECOND_MS;

/** In a frame: no network, no files, and what workers it starts are within it too. */
const SEALED: Confinement = { isolation: "sealed", allow: { threads: true } };
const TRUSTED: Confinement = { isolation: "trusted", allow: {} };

export interface TabServerHostOptions {
  /** The tab's own peer. */
  readonly peer: PeerId;
  /** CPU servers, at first. */
  readonly servers: number;
  readonly code: MemoryCodeStore;
  /** Code runs in plain workers of this page, with its rights. Default false. */
  readonly trusted?: boolean;
  /** What tasks may ask for, by name. */
  readonly grants: readonly string[];
  readonly serveAbilities?: ServeAbilities | undefined;
  /** The program's text. Default: the one beside this package's code. */
  readonly program?: () => Promise<string>;
  /** How long a spare is kept when no server is in use, in milliseconds. Default 30,000. */
  readonly spareKeptMs?: number;
  readonly logger?: Logger;
}

export class TabServerHost implements ServerHost {
  readonly confinement: Confinement;
  readonly #options: TabServerHostOptions;
  readonly #logger: Logger;
  readonly #running = new Set<TabServer>();
  readonly #before: LinkBytes = { inBytes: 0, outBytes: 0 };
  #spare: TabServer | undefined;
  #spareTimer: ReturnType<typeof setTimeout> | undefined;
  #unusedTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #trouble: string | undefined;

  constructor(options: TabServerHostOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.confinement = options.trusted === true ? TRUSTED : SEALED;
  }

  get servers(): number {
    return this.#options.servers;
  }

  /** Why the last server ended before anything ran there, while none does. */
  get trouble(): string | undefined {
    for (const { bytes } of this.#running) if (bytes.outBytes > 0) return undefined;
    return this.#trouble;
  }

  /** What all servers, also those that have ended, have taken from jobs and given to them. */
  get bytes(): Readonly<LinkBytes> {
    let { inBytes, outBytes } = this.#before;
    for (const { bytes } of this.#running) {
      inBytes += bytes.inBytes;
      outBytes += bytes.outBytes;
    }
    return { inBytes, outBytes };
  }

  async start(server: number): Promise<ServerProcess> {
    const { peer, grants, serveAbilities, program = programText } = this.#options;
    const text = await program();
    if (this.#closed) throw closedError();
    const process = this.#spare ?? this.#open(text);
    this.#spare = undefined;
    clearTimeout(this.#unusedTimer);
    this.#startSpareSoon(text);
    process.greet({ peer, server, grants, serveAbilities });
    this.#logger.debug("server.started", { server, isolation: this.confinement.isolation });
    return process;
  }

  /** Ends all servers at once. Twice does nothing. */
  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#spareTimer);
    clearTimeout(this.#unusedTimer);
    for (const process of this.#running) process.kill();
    return Promise.resolve();
  }

  #startSpareSoon(text: string): void {
    clearTimeout(this.#spareTimer);
    this.#spareTimer = setTimeout(() => {
      if (!this.#closed && this.#isUsed) this.#spare ??= this.#open(text);
    }, SPARE_AFTER_MS);
  }

  /** Whether a server runs for somebody, or for who comes next to a worker that is offered. */
  get #isUsed(): boolean {
    return this.#running.size > (this.#spare === undefined ? 0 : 1);
  }

  /** A tab that offers no workers, and whose last I/O work has ended, holds no memory for the next. */
  #endUnusedSpare(): void {
    if (this.#closed || this.#spare === undefined || this.#isUsed) return;
    clearTimeout(this.#unusedTimer);
    this.#unusedTimer = setTimeout(() => {
      const spare = this.#spare;
      // Nobody is to get it any more.
      this.#spare = undefined;
      spare?.kill();
    }, this.#options.spareKeptMs ?? SPARE_KEPT_MS);
  }

  #open(text: string): TabServer {
    const { code, trusted = false } = this.#options;
    const box = trusted ? openWorkerBox(text) : openFrameBox(text, document);
    const server = new TabServer({
      box,
      link: messagePortLink(box.link),
      confinement: this.confinement,
      code,
      more: moreParts,
    });
    this.#running.add(server);
    void this.#forgetAfter(server);
    return server;
  }

  async #forgetAfter(server: TabServer): Promise<void> {
    const { error } = await server.exited;
    this.#running.delete(server);
    this.#trouble = server.bytes.outBytes === 0 ? error?.message : undefined;
    this.#before.inBytes += server.bytes.inBytes;
    this.#before.outBytes += server.bytes.outBytes;
    if (this.#spare === server) this.#spare = undefined;
    else this.#endUnusedSpare();
    if (error !== undefined) this.#logger.warn("server.ended", { error: error.message });
  }
}

const closedError = (): SkeinError =>
  new SkeinError("RUNTIME_CLOSED", "no server is started: the tab has left", { hint: "join again" });
