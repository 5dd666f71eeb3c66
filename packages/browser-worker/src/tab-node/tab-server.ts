/** One server of a tab: its worker, its link to the tab's peer, and how it ended. */
import { type CodeDigest, errorFrom, type PeerId, SECOND_MS, SkeinError } from "@skein/runtime";
import type { Confinement, Link, ServerLine, ServerProcess, ServerProcessExit } from "@skein/runtime/host";
import type { ServeAbilities } from "../io/abilities.ts";
import type { Box } from "../sandbox/box.ts";
import {
  LINE_CHARACTERS,
  LINES_TAKEN_TOGETHER,
  type PageWords,
  type ProgramPart,
  type ServerWords,
  WORDS_PER_SECOND_LIMIT,
} from "../server/words.ts";
import { countedLink, type LinkBytes } from "./counted-link.ts";
import type { MemoryCodeStore } from "./memory-code-store.ts";

export interface TabServerOptions {
  readonly box: Box;
  readonly link: Link;
  readonly confinement: Confinement;
  readonly code: MemoryCodeStore;
  /** What few tasks use of the program. */
  readonly more: () => Promise<readonly ProgramPart[]>;
}

/** Who the server is for, once that is known. */
export interface ServerGreeting {
  readonly peer: PeerId;
  readonly server: number;
  readonly grants: readonly string[];
  readonly serveAbilities?: ServeAbilities | undefined;
}

export class TabServer implements ServerProcess {
  readonly link: Link;
  readonly confinement: Confinement;
  readonly exited: Promise<ServerProcessExit>;
  readonly bytes: LinkBytes = { inBytes: 0, outBytes: 0 };
  readonly #box: Box;
  readonly #code: MemoryCodeStore;
  readonly #more: () => Promise<readonly ProgramPart[]>;
  #takeLine: (line: ServerLine) => void = () => {};
  #lines = 0;
  #endAbilities: () => void = () => {};
  /** Why it was ended here. */
  #why: string | undefined;
  /** Words in the present second. */
  #words = { sinceMs: 0, count: 0 };

  constructor({ box, link, confinement, code, more }: TabServerOptions) {
    this.#box = box;
    this.#code = code;
    this.#more = more;
    this.confinement = confinement;
    this.link = countedLink(link, this.bytes);
    box.host.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#take(data));
    box.host.start();
    box.onError((text) => {
      if (!this.#stopped()) this.#line({ stream: "stderr", text });
    });
    this.exited = this.#exit();
  }

  /** Its use has come. */
  greet({ peer, server, grants, serveAbilities }: ServerGreeting): void {
    const abilities = new MessageChannel();
    this.#say({ type: "greet", peer, server, grants }, [abilities.port2]);
    if (serveAbilities === undefined) abilities.port1.close();
    else {
      abilities.port1.addEventListener("message", () => void this.#stopped());
      this.#endAbilities = serveAbilities(abilities.port1, server);
    }
  }

  kill(): void {
    this.#endAbilities(); // in the same turn: a camera, a view
    this.#box.kill();
  }

  async giveCode(digest: CodeDigest): Promise<void> {
    const code = this.#code.get(digest);
    if (code === undefined) {
      throw new SkeinError("CODE_UNKNOWN", "this tab has no such code any more", { hint: "send it again" });
    }
    this.#say({ type: "code", digest, code });
  }

  onLine(take: (line: ServerLine) => void): void {
    this.#takeLine = take;
  }

  #say(words: PageWords, transfer: readonly Transferable[] = []): void {
    this.#box.host.postMessage(words, [...transfer]);
  }

  /** What others' code runs beside may say anything: only what is looked at here is believed. */
  #take(data: unknown): void {
    if (this.#stopped()) return;
    if (typeof data !== "object" || data === null || !("type" in data)) return;
    if (data.type === "closing") this.#end("its code has closed it");
    else if (data.type === "more") void this.#giveMore();
    else if (data.type === "line") {
      // Each field is looked at before it is used.
      const { stream, text, task } = data as Partial<Extract<ServerWords, { type: "line" }>>;
      if (typeof text !== "string") return;
      const own = stream === "stderr" ? "stderr" : "stdout";
      this.#line({ stream: own, text: text.slice(0, LINE_CHARACTERS), ...(typeof task === "string" ? { task } : {}) });
      this.#lines += 1;
      if (this.#lines < LINES_TAKEN_TOGETHER) return;
      this.#say({ type: "taken", lines: this.#lines });
      this.#lines = 0;
    }
  }

  async #giveMore(): Promise<void> {
    try {
      this.#say({ type: "more", parts: await this.#more() });
    } catch (error) {
      this.#say({ type: "no more", why: errorFrom(error).message });
    }
  }

  /** Counts a word of any port, and ends what floods its page with them. */
  #stopped(): boolean {
    if (this.#why !== undefined) return true;
    if (!this.#floods()) return false;
    this.#end("it flooded its page with words");
    return true;
  }

  /** A server of ours says far less, whatever its code prints. */
  #floods(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#words.sinceMs >= SECOND_MS) this.#words = { sinceMs: nowMs, count: 0 };
    this.#words.count += 1;
    return this.#words.count > WORDS_PER_SECOND_LIMIT;
  }

  #end(why: string): void {
    this.#why ??= why;
    this.kill();
  }

  #line(line: ServerLine): void {
    this.#takeLine(line);
  }

  async #exit(): Promise<ServerProcessExit> {
    const why = await this.#box.ended;
    this.#endAbilities();
    const words = this.#why ?? why;
    const error =
      words === undefined ? undefined : new SkeinError("SERVER_LOST", words, { hint: "see the tab's page" });
    this.link.abort(error ?? new Error("it was ended"));
    return { code: undefined, signal: undefined, ...(error === undefined ? {} : { error }) };
  }
}
