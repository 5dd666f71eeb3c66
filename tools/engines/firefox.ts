/** Firefox without a window, driven by WebDriver BiDi: Playwright starts only its own build of it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, launch, type Page } from "puppeteer-core";
import { type BrowserProviderOption } from "vitest/node";
import { findFirefox } from "./find.mjs";
import { type Engine, engineProvider } from "./provider.ts";

const LAUNCH_TIMEOUT_MS = 60_000;

/** A running Firefox; `page` is its one tab. */
export interface Firefox extends Engine {
  readonly browser: Browser;
  readonly page: Page;
}

export interface LaunchOptions {
  /** Takes any certificate for a good one. */
  readonly anyCertificate?: boolean;
}

/** Starts the Firefox that `findFirefox` names. */
export async function launchFirefox({ anyCertificate = false }: LaunchOptions = {}): Promise<Firefox> {
  const executablePath = findFirefox();
  if (executablePath === undefined)
    throw new Error("there is no Firefox: install one or set SKEIN_FIREFOX to its path");
  const home = await mkdtemp(join(tmpdir(), "skein-firefox-"));
  const removeHome = async (): Promise<void> => rm(home, { recursive: true, force: true, maxRetries: 5 });
  try {
    const browser = await launch({
      browser: "firefox",
      executablePath,
      headless: true,
      acceptInsecureCerts: anyCertificate,
      timeout: LAUNCH_TIMEOUT_MS,
      // A camera and a microphone of its own, which need no leave.
      extraPrefsFirefox: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true },
      // Firefox refuses to run as root in a home that belongs to somebody else.
      env: { ...process.env, HOME: home },
    });
    const [page = await browser.newPage()] = await browser.pages();
    return {
      browser,
      page,
      open: async (url) => void (await page.goto(url)),
      resize: async (width, height) => page.setViewport({ width, height }),
      close: async () => {
        await browser.close();
        await removeHome();
      },
    };
  } catch (error) {
    await removeHome();
    throw error;
  }
}

/** Vitest's provider for the tests in Firefox. */
export const firefox = (): BrowserProviderOption => engineProvider("firefox", () => launchFirefox());
