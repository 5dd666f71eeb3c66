/** What the end-to-end tests watch a page for. */
import { type Page } from "playwright";

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
