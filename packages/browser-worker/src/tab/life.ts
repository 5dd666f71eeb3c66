/** A tab's life as the browser tells it: hidden and back, asleep and awake, offline and online, and left for good. */
import { errorFrom, type Logger } from "@skein/runtime";

/** What is watched of the page, for tests another. */
export interface LifeScope {
  addEventListener(type: string, listener: (event: Event) => void, options: { readonly signal: AbortSignal }): void;
}

export interface TabLifeOptions {
  readonly scope: LifeScope;
  readonly document: Pick<Document, "visibilityState"> & LifeScope;
  /** Whether the screen is to stay on while the page is seen. */
  readonly wakeLock: boolean;
  readonly logger: Logger;
  /** The browser may keep the page from answering from now on, or does not any more. */
  readonly away: (on: boolean) => void;
  /** It may have been asleep or without a network: connections are looked at now. */
  readonly back: () => void;
  /** The page is left: for good, or to be kept in the back/forward cache, from which it may come back. */
  readonly left: (forGood: boolean) => void;
  /** It has come back from there. */
  readonly returned: () => void;
}

export class TabLife {
  readonly #options: TabLifeOptions;
  readonly #end = new AbortController();
  #lock: Promise<WakeLockSentinel> | undefined;

  constructor(options: TabLifeOptions) {
    this.#options = options;
    const { scope, document, left, returned } = options;
    const { signal } = this.#end;
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    // Chromium freezes hidden pages; what was announced when it was hidden stands.
    document.addEventListener("resume", () => options.back(), { signal });
    scope.addEventListener("online", () => options.back(), { signal });
    const isKept = (event: Event): boolean => "persisted" in event && event.persisted === true;
    const shown = (event: Event): void => {
      if (!isKept(event)) return;
      this.#seen();
      returned();
    };
    const hidden = (event: Event): void => {
      if (isKept(event)) options.away(true);
      left(!isKept(event));
    };
    scope.addEventListener("pageshow", shown, { signal });
    scope.addEventListener("pagehide", hidden, { signal });
    if (document.visibilityState === "hidden") options.away(true);
    else this.#keepAwake();
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Twice does nothing. */
  close(): void {
    this.#end.abort();
    this.#mayDim();
  }

  #seen(): void {
    const { document, away, back } = this.#options;
    const hidden = document.visibilityState === "hidden";
    away(hidden);
    if (hidden) return;
    back();
    this.#keepAwake();
  }

  /** The browser ends a lock when the page is hidden; it is asked for again when it is seen. */
  #keepAwake(): void {
    const { wakeLock, logger } = this.#options;
    if (!wakeLock || !("wakeLock" in navigator)) return;
    // One at a time: a page that comes back is told so twice.
    this.#mayDim();
    this.#lock = navigator.wakeLock.request("screen");
    this.#lock.catch((error: unknown) => logger.debug("tab.no-wake-lock", { error: errorFrom(error).message }));
  }

  #mayDim(): void {
    void this.#lock?.then(async (lock) => await lock.release()).catch(() => undefined);
    this.#lock = undefined;
  }
}
