/** The browser of the end-to-end tests, and what a page is watched for. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright";

/** Chromium: `SKEIN_CHROMIUM`, the system's, or Playwright's own. */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env["SKEIN_CHROMIUM"] ?? ["/usr/bin/chromium"].find((path) => existsSync(path));
  return await chromium.launch({
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      ...args,
    ],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
}

/** Collects what a page should never say: errors, and loads that its content security policy refused. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy|Trusted/i.test(message.text()))
      complaints.push(message.text());
  });
  return complaints;
}
