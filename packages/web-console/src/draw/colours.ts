/** The page's colours for canvases, read from the style sheet again when the theme changes. */

/** Functions beyond these share them. */
export const FUNCTION_COLOURS = 8;

export interface Colours {
  readonly functions: readonly string[];
  readonly failed: string;
  readonly lost: string;
  readonly retried: string;
  readonly cancelled: string;
  readonly quiet: string;
  readonly soft: string;
  readonly sunk: string;
  readonly panel: string;
  readonly ink: string;
  readonly unlisted: string;
  readonly grid: string;
}

let colours: Colours | undefined;
let watching = false;

/** The colour of a function's number, as a style value. */
export const functionColour = (index: number): string => `var(--fn-${index % FUNCTION_COLOURS})`;

export function currentColours(): Colours {
  watch();
  colours ??= read();
  return colours;
}

/** Custom properties with `light-dark()` have no value of their own: an element's `color` has. */
function read(): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const value = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const result = {
    functions: Array.from({ length: FUNCTION_COLOURS }, (_, index) => value(`--fn-${index}`)),
    failed: value("--failed"),
    lost: value("--lost"),
    retried: value("--retried"),
    cancelled: value("--waiting"),
    quiet: value("--ink-2"),
    soft: value("--thread-soft"),
    sunk: value("--sunk"),
    panel: value("--panel"),
    ink: value("--ink"),
    unlisted: value("--thread"),
    grid: value("--line"),
  };
  probe.remove();
  return result;
}

function watch(): void {
  if (watching) return;
  watching = true;
  const forget = (): void => {
    colours = undefined;
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", forget);
  new MutationObserver(forget).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
