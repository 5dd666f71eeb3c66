/** Tabs of any engine, as the end-to-end tests use them: opened at an address, asked by calls of their `tests` object. */
import type { Browser } from "playwright";
import { findFirefox, findWebKit } from "../tools/engines/find.mjs";
import { launchChromium } from "../tools/engines/chromium.ts";
import { launchFirefox } from "../tools/engines/firefox.ts";
import { launchWebKit } from "../tools/engines/webkit.ts";

export type EngineName = "chromium" | "firefox" | "webkit";

export interface Tab {
  /** Calls `tests.<name>(...args)` in the page and gives what it returns, or what its promise gives. */
  call<T>(name: string, ...args: readonly unknown[]): Promise<T>;
  /** What an expression or the last statement of a script gives. */
  evaluate(script: string): Promise<unknown>;
  /** As a person does, in a frame of the page; where an engine can be made to. */
  readonly clickIn?: (frame: string, selector: string) => Promise<void>;
  title(): Promise<string>;
  close(): Promise<void>;
}

export interface TabEngine {
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** Those of this machine. */
export const engines: readonly EngineName[] = [
  "chromium",
  ...(findFirefox() === undefined ? [] : (["firefox"] as const)),
  ...(findWebKit() === undefined ? [] : (["webkit"] as const)),
];

export async function startEngine(name: EngineName): Promise<TabEngine> {
  if (name === "chromium") return chromiumTabs(await launchChromium(["--ignore-certificate-errors"]));
  return name === "firefox" ? await firefoxTabs() : await webkitTab();
}

const source = (name: string, args: readonly unknown[]): string => `tests.${name}(...${JSON.stringify(args)})`;

/** What Playwright's pages and Puppeteer's have in common. */
interface Page {
  evaluate(script: string): Promise<unknown>;
  title(): Promise<string>;
  close(): Promise<void>;
}

const tabOf = (page: Page): Tab => ({
  // The caller knows what the page's function gives.
  call: async <T>(name: string, ...args: readonly unknown[]) => (await page.evaluate(source(name, args))) as T,
  evaluate: (script) => page.evaluate(script),
  title: () => page.title(),
  close: () => page.close(),
});

/** Of a Chromium that is there already; each is a context of its own. */
export function chromiumTabs(browser: Browser): TabEngine {
  return {
    open: async (url) => {
      const page = await (await browser.newContext()).newPage();
      await page.goto(url);
      return { ...tabOf(page), clickIn: (frame, selector) => page.frameLocator(frame).locator(selector).click() };
    },
    close: () => browser.close(),
  };
}

async function firefoxTabs(): Promise<TabEngine> {
  const firefox = await launchFirefox({ anyCertificate: true });
  return {
    open: async (url) => {
      const page = await firefox.browser.newPage();
      await page.goto(url);
      return tabOf(page);
    },
    close: () => firefox.close(),
  };
}

/** It has one page. */
async function webkitTab(): Promise<TabEngine> {
  const webkit = await launchWebKit({ anyCertificate: true });
  const { driver } = webkit;
  return {
    open: async (url) => {
      await driver.goto(url);
      return {
        call: async <T>(name: string, ...args: readonly unknown[]) =>
          (await driver.evaluate(`return ${source(name, args)}`)) as T,
        evaluate: (script) => driver.evaluate(`return eval(${JSON.stringify(script)})`),
        title: async () => String(await driver.evaluate("return document.title")),
        close: () => driver.goto("about:blank"),
      };
    },
    close: () => webkit.close(),
  };
}
