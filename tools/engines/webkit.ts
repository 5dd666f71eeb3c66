/** WebKitGTK's MiniBrowser on a display that nobody sees, driven by WebKitWebDriver: Playwright starts only its own build of WebKit. */
import { type BrowserProviderOption } from "vitest/node";
import { findWebKit } from "./find.mjs";
import type { LaunchOptions } from "./firefox.ts";
import { startGuarded } from "./guarded.ts";
import { type Engine, engineProvider } from "./provider.ts";
import { freePort, WebDriver } from "./webdriver.ts";

/** A running WebKit with one page. It has no WebRTC. */
export interface WebKit extends Engine {
  readonly driver: WebDriver;
}

/** Starts Xvfb, WebKitWebDriver and with it the MiniBrowser. */
export async function launchWebKit({ anyCertificate = false }: LaunchOptions = {}): Promise<WebKit> {
  const found = findWebKit();
  if (found === undefined) throw new Error("there is no WebKit: it needs WebKitWebDriver and Xvfb");
  const screen = startGuarded(found.display, ["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
  try {
    const display = (await screen.firstLine()).trim();
    const port = await freePort();
    const server = startGuarded(found.driver, [`--port=${port}`], {
      DISPLAY: `:${display}`,
      GDK_BACKEND: "x11",
      LIBGL_ALWAYS_SOFTWARE: "1",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    });
    try {
      const driver = await WebDriver.open(`http://127.0.0.1:${port}`, { acceptInsecureCerts: anyCertificate });
      return {
        driver,
        open: async (url) => driver.goto(url),
        resize: async (width, height) => driver.resize(width, height),
        close: async () => {
          await driver.close();
          await server.end();
          await screen.end();
        },
      };
    } catch (error) {
      await server.end();
      throw error;
    }
  } catch (error) {
    await screen.end();
    throw error;
  }
}

/** Vitest's provider for the tests in WebKit. */
export const webkit = (): BrowserProviderOption => engineProvider("webkit", () => launchWebKit());
