/** Notices that the page has been built anew: its document names another script than the one that runs. */
import { MINUTE_MS, SECOND_MS } from "@skein/runtime";

const LOOK_EVERY_MS: number = 5 * MINUTE_MS;
const LOOK_TIMEOUT_MS: number = 10 * SECOND_MS;

/** The address of the document's module script, absolute. */
export function scriptOf(html: string, base: string): string | undefined {
  const found = [...html.matchAll(/<script\b[^>]*>/g)].find(([tag]) => /\btype="module"/.test(tag));
  const source = /\bsrc="([^"]+)"/.exec(found?.[0] ?? "")?.[1];
  return source === undefined ? undefined : URL.parse(source, base)?.href;
}

export interface UpdateWatchOptions {
  /** Where the document is, without its `#`. */
  readonly page: string;
  /** The script that runs. */
  readonly script: string;
  readonly signal: AbortSignal;
  readonly updated: () => void;
}

/** Looks every 5 minutes, and when the page is seen again or online again, until it was updated. */
export function watchUpdates(options: UpdateWatchOptions): void {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const look = async (): Promise<void> => {
    if (signal.aborted || !(await isUpdated(options))) return;
    if (signal.aborted) return;
    over.abort();
    options.updated();
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  document.addEventListener(
    "visibilitychange",
    () => void (document.visibilityState === "visible" ? look() : undefined),
    { signal },
  );
  addEventListener("online", () => void look(), { signal });
}

/** False also when it can't be seen now: it is looked again. */
async function isUpdated({ page, script, signal }: UpdateWatchOptions): Promise<boolean> {
  try {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
    const response = await fetch(page, { cache: "no-cache", signal: ends });
    if (!response.ok) return false;
    const now = scriptOf(await response.text(), page);
    return now !== undefined && now !== script;
  } catch {
    return false;
  }
}
