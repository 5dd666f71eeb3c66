/** How Chromium is started, by whoever starts it: the unit tests, the end-to-end tests, the gates. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright";

export interface ChromiumOptions {
  readonly args: string[];
  /** Absent: Playwright's own. */
  readonly executablePath?: string;
}

/** `SKEIN_CHROMIUM` (`tools/run.mjs --browser` sets it), the system's, or Playwright's own; with the flags that let it run as root and without a network. */
export function chromiumOptions(args: readonly string[] = []): ChromiumOptions {
  const executablePath = process.env["SKEIN_CHROMIUM"] ?? ["/usr/bin/chromium"].find((path) => existsSync(path));
  return {
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A camera, a microphone and a graphics card, which are the browser's own and need no leave.
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      ...args,
    ],
    ...(executablePath === undefined ? {} : { executablePath }),
  };
}

/** Starts Chromium, headless. */
export const launchChromium = async (args: readonly string[] = []): Promise<Browser> =>
  await chromium.launch(chromiumOptions(args));
