/** What pages behind a gateway follow: each has a subscription at the scheduler, and what comes by it is passed on. */
import { errorFrom, isSkeinError, type Logger, type PeerId, SkeinError } from "@skein/runtime";
import { CALL_TIMEOUT_MS, type Endpoint, endpointKey, type Procedures, randomText } from "@skein/runtime/host";
import { nodePlatform } from "../platform/installed.ts";
import { PAGE_AGAIN_MS, PAGE_BATCHES_LIMIT, PAGE_WATCHES_LIMIT } from "./limits.ts";

export interface PageWatchesOptions {
  /** Where pages ask. */
  readonly pages: Procedures;
  /** By which the scheduler is asked. */
  readonly cluster: Procedures;
  readonly scheduler: Endpoint;
  /** What a page is shown of a batch. */
  readonly shown: (batch: unknown) => unknown;
  /** Ends a page's connection: it takes nothing any more. */
  readonly drop: (page: Endpoint & { readonly peer: PeerId }) => void;
  readonly logger: Logger;
}

interface Watch {
  readonly page: Endpoint;
  /** Its name at the page, and ours at the scheduler. */
  readonly push: string;
  readonly name: string;
  readonly handle: Disposable;
  /** What the page had no room for yet. */
  waiting: unknown[];
  timer: NodeJS.Timeout | undefined;
}

const SUBSCRIBE = "scheduler.subscribe";
const UNSUBSCRIBE = "scheduler.unsubscribe";
const TOPICS = "scheduler.topics";
const NAME_LENGTH = 16;

export class PageWatches implements Disposable {
  readonly #options: PageWatchesOptions;
  readonly #watches = new Map<string, Watch>();
  readonly #handles: readonly Disposable[];

  constructor(options: PageWatchesOptions) {
    this.#options = options;
    const { pages } = options;
    this.#handles = [
      pages.handle(SUBSCRIBE, { parse: pushed }, async (words, { endpoint }) => await this.#subscribe(words, endpoint)),
      pages.handle(UNSUBSCRIBE, { parse: pushed }, ({ push }, { endpoint }) => this.#end(keyOf(endpoint, push))),
      pages.handle(TOPICS, { parse: pushed }, async (words, { endpoint }) => {
        const watch = this.#watches.get(keyOf(endpoint, words.push));
        if (watch !== undefined) await this.#ask(TOPICS, { ...words, push: watch.name });
      }),
      pages.onLost((matches) => {
        for (const [key, { page }] of this.#watches) if (matches(page)) this.#end(key);
      }),
    ];
  }

  /** Ends all of them, as the scheduler has: what is said to one that is gone would tell of its loss again. */
  forget(): void {
    for (const key of this.#watches.keys()) this.#stop(key);
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles) handle[Symbol.dispose]();
    for (const key of this.#watches.keys()) this.#end(key);
  }

  async #subscribe(words: Pushed, page: Endpoint): Promise<unknown> {
    const key = keyOf(page, words.push);
    this.#end(key);
    if (this.#watches.size >= PAGE_WATCHES_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", `${PAGE_WATCHES_LIMIT} pages watch already`, {
        hint: "close a console that nobody looks at",
      });
    }
    const watch = this.#begin(page, words.push);
    this.#watches.set(key, watch);
    try {
      return await this.#ask(SUBSCRIBE, { ...words, push: watch.name });
    } catch (error) {
      if (this.#watches.get(key) === watch) this.#end(key);
      throw error;
    }
  }

  #begin(page: Endpoint, push: string): Watch {
    const { cluster, scheduler, shown } = this.#options;
    const name = `console.${randomText(NAME_LENGTH, (count) => nodePlatform().randomBytes(count))}`;
    const handle = cluster.handle(name, { parse: (batch: unknown) => batch }, (batch, { endpoint }) => {
      if (endpointKey(endpoint) === endpointKey(scheduler)) this.#pass(watch, shown(batch));
    });
    const watch: Watch = { page, push, name, handle, waiting: [], timer: undefined };
    return watch;
  }

  #pass(watch: Watch, batch: unknown): void {
    watch.waiting.push(batch);
    if (watch.timer === undefined) this.#send(watch);
    else if (watch.waiting.length > PAGE_BATCHES_LIMIT) this.#tooSlow(watch);
  }

  #send(watch: Watch): void {
    watch.timer = undefined;
    const { pages, logger } = this.#options;
    const { page, push, waiting } = watch;
    try {
      while (waiting.length > 0) {
        pages.tryNotify(page, push, waiting[0]);
        waiting.shift();
      }
    } catch (error) {
      if (isSkeinError(error, "LINK_OVERLOADED")) {
        watch.timer = setTimeout(() => this.#send(watch), PAGE_AGAIN_MS);
        return;
      }
      // It is gone, or can't be told this: what it misses it asks for when it comes again.
      logger.debug("console.page-lost", { error: errorFrom(error).message });
      this.#tooSlow(watch);
    }
  }

  #tooSlow(watch: Watch): void {
    this.#end(keyOf(watch.page, watch.push));
    this.#options.drop(watch.page);
  }

  #stop(key: string): Watch | undefined {
    const watch = this.#watches.get(key);
    if (watch === undefined) return undefined;
    this.#watches.delete(key);
    clearTimeout(watch.timer);
    watch.waiting = [];
    watch.handle[Symbol.dispose]();
    return watch;
  }

  #end(key: string): void {
    const watch = this.#stop(key);
    if (watch === undefined) return;
    const { cluster, scheduler, logger } = this.#options;
    try {
      cluster.notify(scheduler, UNSUBSCRIBE, { push: watch.name });
    } catch (error) {
      logger.debug("console.unsubscribe", { error: errorFrom(error).message }); // the scheduler is gone, and has forgotten it
    }
  }

  async #ask(name: string, words: unknown): Promise<unknown> {
    const { cluster, scheduler } = this.#options;
    return await cluster.call(scheduler, name, words, { timeoutMs: CALL_TIMEOUT_MS });
  }
}

interface Pushed {
  readonly push: string;
}

/** Words that name where a page wants its news; all else in them is for the scheduler to check. */
function pushed(words: unknown): Pushed {
  if (typeof words === "object" && words !== null && "push" in words && typeof words.push === "string") {
    return { ...words, push: words.push };
  }
  throw new TypeError("no push");
}

const keyOf = (page: Endpoint, push: string): string => `${endpointKey(page)} ${push}`;
