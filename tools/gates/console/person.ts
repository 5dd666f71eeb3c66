/** A person at a page of the console, in any engine: looks for things by their role and words, and uses pointer and keys. */
import { setTimeout as delay } from "node:timers/promises";
import type { EnginePage, Key } from "./engine-page.ts";
import {
  choose,
  faults,
  giveFile,
  keepDownloads,
  lastDownload,
  type Name,
  type Place,
  placeOf,
  tableOf,
  type Wanted,
  wordsOf,
} from "./in-page.ts";

/** How long a person waits for what is expected, on a busy machine. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 60;

export class Person {
  readonly page: EnginePage;

  constructor(page: EnginePage) {
    this.page = page;
  }

  /** Opens the console by a login link, and waits until it shows the cluster. */
  async arrive(link: string): Promise<void> {
    await this.page.goto(link);
    await this.sees("Live", "header");
    await this.page.run(keepDownloads, undefined);
  }

  /** To a view, by its link in the navigation. */
  async goes(view: string): Promise<void> {
    await this.presses("link", view, { role: "nav" });
    await until(`the view ${view}`, async () => {
      const [heading] = await this.page.run(wordsOf, "main h1");
      const [drawn] = await this.page.run(wordsOf, "main :is(section, canvas, table, [role=log])");
      return heading === view && drawn !== undefined;
    });
  }

  /** Presses what has that role and name, once it is there, can be pressed and stands still. */
  async presses(role: string, name?: Name, inside?: Wanted): Promise<void> {
    const { x, y } = await this.#still(wantedOf(role, name, inside));
    await this.page.click(x, y);
  }

  /** Presses it and answers the question that comes. */
  async pressesAndConfirms(name: Name, verb: string, inside?: Wanted): Promise<void> {
    await this.presses("button", name, inside);
    await this.presses("button", verb, { role: "dialog" });
  }

  /** Presses somewhere in it: shares of its width and height from its middle, until `done`. */
  async pressesIn(wanted: Wanted, spots: readonly (readonly [x: number, y: number])[], done: () => Promise<boolean>) {
    await until("what a press there does", async () => {
      for (const [dx, dy] of spots) {
        const { x, y } = await this.#still(wanted);
        await this.page.point(x + dx, y + dy);
        await this.page.click(x + dx, y + dy);
        await delay(LOOK_MS);
        if (await done()) return true;
      }
      return false;
    });
  }

  /** Writes in a field in place of what stands there. */
  async fills(role: string, name: Name | undefined, text: string, inside?: Wanted): Promise<void> {
    // Pages move while they are pressed: it is a field only once the keys go there.
    await until(`keys to ${role} ${JSON.stringify(name ?? "")}`, async () => {
      await this.presses(role, name, inside);
      return (await this.#still(wantedOf(role, name, inside))).focused;
    });
    await this.page.press("a", true);
    await this.page.type(text);
  }

  async keys(...keys: readonly Key[]): Promise<void> {
    for (const key of keys) await this.page.press(key);
  }

  /** Sets a field that a browser's own list or slider sets. */
  async sets(selector: string, value: string): Promise<void> {
    const wrong = await this.page.run(choose, { selector, value });
    if (wrong !== "") throw new Error(wrong);
  }

  async opensFile(name: string, text: string): Promise<void> {
    const wrong = await this.page.run(giveFile, { name, text });
    if (wrong !== "") throw new Error(wrong);
  }

  /** What the page gave to be saved last. */
  async saved(pattern: RegExp): Promise<string> {
    return await until(`a file ${pattern.source}`, async () => {
      const last = await this.page.run(lastDownload, undefined);
      return last !== undefined && pattern.test(last.name) ? last.text : undefined;
    });
  }

  /** Words that are shown in the page, or in the part of it that the selector names. */
  async sees(words: string | RegExp, selector = "body"): Promise<string> {
    const seen = (text: string): boolean => (typeof words === "string" ? text.includes(words) : words.test(text));
    let last = "";
    return await until(
      `“${typeof words === "string" ? words : words.source}”`,
      async () => {
        const texts = await this.page.run(wordsOf, selector);
        last = texts.join(" | ");
        return texts.find(seen);
      },
      () => last.slice(0, 1500),
    );
  }

  /** What was done, as the page says it; a failure that it tells is one. */
  async isTold(words: string): Promise<void> {
    const log = "[aria-label='What was done']";
    await until(
      `the page says “${words}”`,
      async () => {
        const said = (await this.page.run(wordsOf, log)).join(" ");
        // Glyphs have names, which are no text.
        if (said.includes(words)) return true;
        const failed = await this.page.run(wordsOf, `${log} > :has([aria-label='Failed:'])`);
        if (failed.length > 0) throw new Error(`the page says: ${failed.join(" ")}`);
        return undefined;
      },
      async () => (await this.page.run(wordsOf, "body")).join(" ").slice(0, 1500),
    );
  }

  async rows(selector: string): Promise<readonly string[]> {
    return await this.page.run(wordsOf, selector);
  }

  async table(label: string): Promise<readonly Readonly<Record<string, string>>[]> {
    return await this.page.run(tableOf, label);
  }

  async path(): Promise<string> {
    return await this.page.run(() => location.pathname, undefined);
  }

  /** Serious faults of accessibility of what is shown. @param axe its script */
  async faults(axe: string): Promise<readonly string[]> {
    if (!(await this.page.run(() => "axe" in globalThis, undefined))) await this.page.script(axe);
    return await this.page.run(faults, undefined);
  }

  /** Its middle, once it has not moved between two looks. */
  async #still(wanted: Wanted): Promise<Extract<Place, { readonly why?: never }>> {
    let before: Place = { why: "it was not looked for" };
    return await until(
      `${wanted.role} ${JSON.stringify(wanted.name ?? "")}`,
      async () => {
        const now = await this.page.run(placeOf, wanted);
        const still = now.why === undefined && before.why === undefined && now.x === before.x && now.y === before.y;
        before = now;
        return still ? now : undefined;
      },
      () => before.why ?? "it moves",
    );
  }
}

const wantedOf = (role: string, name: Name | undefined, inside: Wanted | undefined): Wanted => ({
  role,
  ...(name === undefined ? {} : { name }),
  ...(inside === undefined ? {} : { inside }),
});

/** Looks again and again until it gives something. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  why: () => string | Promise<string> = () => "",
): Promise<T> {
  for (const endMs = Date.now() + PATIENCE_MS; ; await delay(LOOK_MS)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endMs) throw new Error(`no ${what} after ${PATIENCE_MS / 1000} s: ${await why()}`);
  }
}
