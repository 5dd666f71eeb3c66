/** Turns of a page's event loop by messages to itself: WebKit takes thirty times as long for those of a channel, which go through another process. */

/** What a page has and a worker, or Node, has not. */
interface Page {
  postMessage(data: unknown, target: string): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

const TURN = "skein.turn";

/** One listener for all. */
let turns: ((callback: () => void) => void) | undefined;

/** Calls back in a later turn of the page, in the order given; `undefined` where there is no page. */
export function pageTurns(): ((callback: () => void) => void) | undefined {
  const page: unknown = Reflect.get(globalThis, "window");
  // Whoever has a window has these.
  return page === undefined ? undefined : (turns ??= turnsOf(page as Page));
}

function turnsOf(page: Page): (callback: () => void) => void {
  const waiting: (() => void)[] = [];
  page.addEventListener("message", ({ data }) => {
    if (data === TURN) waiting.shift()?.();
  });
  return (callback) => {
    waiting.push(callback);
    page.postMessage(TURN, "*");
  };
}
