/** A page of the console in any engine: what a person's hands do there, and what code in it gives. */
import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright";
import { launchChromium } from "../../engines/chromium.ts";
import { launchFirefox } from "../../engines/firefox.ts";
import { launchWebKit } from "../../engines/webkit.ts";
import { complaintsOf } from "../../../playwright/browser.ts";
import type { EngineName } from "../../../playwright/tabs.ts";

export interface EnginePage {
  readonly engine: EngineName;
  /** What a page should never say; not told of WebKit. */
  readonly complaints: readonly string[];
  goto(url: string): Promise<void>;
  /** Runs a function in the page, sent as text: it sees nothing but its argument. */
  run<A, R>(inPage: (arg: A) => R | Promise<R>, arg: A): Promise<R>;
  /** Runs a script as it is. */
  script(text: string): Promise<void>;
  /** Presses the pointer's button there, in CSS pixels of the window. */
  click(x: number, y: number): Promise<void>;
  /** Moves the pointer there. */
  point(x: number, y: number): Promise<void>;
  type(text: string): Promise<void>;
  /** One key, with Control held or not. */
  press(key: Key, control?: boolean): Promise<void>;
  close(): Promise<void>;
}

export type Key = "Enter" | "Escape" | "a" | "v" | "g" | "j" | "x";

const SIZE = { width: 1280, height: 900 };

const callOf = <A, R>(inPage: (arg: A) => R | Promise<R>, arg: A): string =>
  `(${inPage.toString()})(${JSON.stringify(arg) ?? ""})`;

/** Starts the engine with one page. */
export async function openEngine(engine: EngineName): Promise<EnginePage> {
  if (engine === "chromium") return await openChromium(await launchChromium());
  return engine === "firefox" ? await openFirefox() : await openWebKit();
}

/** What Playwright's pages and Puppeteer's have in common. */
interface DrivenPage {
  goto(url: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  readonly mouse: { click(x: number, y: number): Promise<void>; move(x: number, y: number): Promise<void> };
  readonly keyboard: {
    type(text: string): Promise<void>;
    press(key: Key): Promise<void>;
    down(key: "Control"): Promise<void>;
    up(key: "Control"): Promise<void>;
  };
}

const handsOn = (page: DrivenPage): Omit<EnginePage, "engine" | "complaints" | "close"> => ({
  goto: async (url) => void (await page.goto(url)),
  // What the page's function gives is its caller's word.
  run: async <A, R>(inPage: (arg: A) => R | Promise<R>, arg: A) => (await page.evaluate(callOf(inPage, arg))) as R,
  script: async (text) => void (await page.evaluate(`${text};0`)),
  click: async (x, y) => await page.mouse.click(x, y),
  point: async (x, y) => await page.mouse.move(x, y),
  type: async (text) => await page.keyboard.type(text),
  press: async (key, control = false) => {
    if (control) await page.keyboard.down("Control");
    await page.keyboard.press(key);
    if (control) await page.keyboard.up("Control");
  },
});

/** Its page in a Chromium that is there already; both end together. */
export async function openChromium(browser: Browser): Promise<EnginePage> {
  const context = await browser.newContext({ viewport: SIZE, permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  return {
    ...handsOn(page),
    engine: "chromium",
    complaints: complaintsOf(page),
    close: async () => await browser.close(),
  };
}

async function openFirefox(): Promise<EnginePage> {
  const firefox = await launchFirefox();
  const { page } = firefox;
  await page.setViewport(SIZE);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  return { ...handsOn(page), engine: "firefox", complaints, close: async () => await firefox.close() };
}

/** As WebDriver writes keys that are no letters. */
const CONTROL = "\uE009";
const KEYS: Readonly<Record<string, string>> = { Enter: "\uE007", Escape: "\uE00C" };

async function openWebKit(): Promise<EnginePage> {
  const webkit = await launchWebKit();
  const { driver } = webkit;
  await driver.resize(SIZE.width, SIZE.height);
  const pointer = async (x: number, y: number, ...then: readonly unknown[]): Promise<void> => {
    const at = { type: "pointerMove", duration: 0, origin: "viewport", x: Math.round(x), y: Math.round(y) };
    await driver.perform([
      { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [at, ...then] },
    ]);
  };
  const keys = async (actions: readonly unknown[]): Promise<void> =>
    await driver.perform([{ type: "key", id: "keys", actions }]);
  const down = (value: string): unknown => ({ type: "keyDown", value });
  const up = (value: string): unknown => ({ type: "keyUp", value });
  return {
    engine: "webkit",
    complaints: [],
    goto: async (url) => await driver.goto(url),
    // What the page's function gives is its caller's word.
    run: async <A, R>(inPage: (arg: A) => R | Promise<R>, arg: A) =>
      (await driver.evaluate(`return ${callOf(inPage, arg)}`)) as R,
    script: async (text) => void (await driver.evaluate(text)),
    click: async (x, y) => {
      await pointer(x, y, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 });
      // What the press makes of the page is drawn before it is looked at.
      await delay(20);
    },
    point: async (x, y) => await pointer(x, y),
    type: async (text) => await keys(Array.from(text).flatMap((letter) => [down(letter), up(letter)])),
    press: async (key, control = false) => {
      const value = KEYS[key] ?? key;
      await keys(control ? [down(CONTROL), down(value), up(value), up(CONTROL)] : [down(value), up(value)]);
    },
    close: async () => await webkit.close(),
  };
}
