/** What few tasks use of skein, as a server gets it from its page once code of a task names it. */
import { SkeinError } from "@skein/runtime";
import type { PageWords } from "./words.ts";

/** Makes modules of parts of the program, and gives the address of the last: see `page/shared-program.ts`. */
const ADD = "skein.add";

type Answer = Extract<PageWords, { type: "more" | "no more" }>;

export class MoreParts {
  readonly #ask: () => void;
  #waiting: PromiseWithResolvers<Answer> | undefined;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  /** @throws {SkeinError} `ABILITY_UNAVAILABLE` when the page can't load it */
  readonly load = async (): Promise<Readonly<Record<string, unknown>>> => {
    this.#waiting = Promise.withResolvers<Answer>();
    this.#ask();
    const answer = await this.#waiting.promise;
    if (answer.type === "no more") {
      throw new SkeinError("ABILITY_UNAVAILABLE", answer.why, { hint: "load the tab's page again" });
    }
    // Put there by what starts the program, where that comes in parts.
    const add: unknown = Reflect.get(globalThis, ADD);
    const url: unknown = typeof add === "function" && answer.parts.length > 0 ? add(answer.parts) : undefined;
    if (typeof url !== "string") return {};
    return (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  };

  readonly given = (answer: Answer): void => this.#waiting?.resolve(answer);
}
