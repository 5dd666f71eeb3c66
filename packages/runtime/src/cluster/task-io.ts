/** What a task may ask of the page it runs in, where the page's owner has granted it: `task.io`. */
import { type Operation, type Stream } from "../contracts/operation.ts";

export interface IoFetchInit {
  /** Default `GET`. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Give up after this, in milliseconds, the answer's body included. Default 30000. */
  readonly timeoutMs?: number;
}

/** An answer, read whole. */
export interface IoAnswer {
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  readonly status: number;
  /** By their names in lower case; those that the page may see. */
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly bytes: Uint8Array;
  text(): string;
  /** @throws {SyntaxError} when it is no JSON */
  json(): unknown;
}

export interface IoStorage {
  /** What is stored under `key`; `undefined` when nothing is. */
  get(key: string): Operation<string | Uint8Array | undefined>;
  /** @throws {SkeinError} `FILE_TOO_LARGE` when it would be over the quota that the tab's owner gives */
  set(key: string, value: string | Uint8Array): Operation<void>;
  remove(key: string): Operation<void>;
}

/** What a person did in a view: a click or a change of an element with a `name`, or a form that was sent. */
export interface IoViewEvent {
  readonly type: "click" | "change" | "submit";
  /** The element's or form's `name`. */
  readonly name: string;
  /** The element's value; for a form its fields, by name. */
  readonly value: string | Readonly<Record<string, string>>;
}

/** A small view in the page's task area. */
export interface IoView {
  /** What the person does there; ends when the view is closed by either side. */
  readonly events: Stream<IoViewEvent>;
  /** Shows this instead. */
  update(html: string): Operation<void>;
  /** Twice does nothing. */
  close(): Operation<void>;
}

export interface IoPosition {
  readonly latitude: number;
  readonly longitude: number;
  /** Radius in metres within which it is, with 95 % likelihood. */
  readonly accuracyMetres: number;
}

export interface TaskIo {
  /**
   * Asks a web server that the tab's owner allows, from the tab: without its cookies, and as CORS lets a page. Redirects
   * are refused. Nothing is retried.
   *
   * @throws {SkeinError} `ABILITY_NOT_GRANTED` also for an origin that is not allowed; `MESSAGE_TOO_LARGE` when the answer
   *   is over the owner's limit; `TIMEOUT`; `HOST_UNREACHABLE` when it can't be asked, or does not let pages ask
   * @example
   * const answer = yield* task.io.fetch("https://api.example.org/prices.json");
   */
  fetch(url: string, init?: IoFetchInit): Operation<IoAnswer>;
  /** Kept in the tab's browser for tasks of the same client; nobody else sees it. */
  readonly storage: IoStorage;
  /** Shows `html` in the page's task area. Its scripts do not run, and it loads nothing. */
  show(html: string): Operation<IoView>;
  /** Asks the person, and waits for the answer; `undefined` when the person does not want to give one. */
  ask(question: string): Operation<string | undefined>;
  readonly clipboard: { read(): Operation<string>; write(text: string): Operation<void> };
  geolocation(): Operation<IoPosition>;
  /** Shows a notification. */
  notify(text: string): Operation<void>;
}

/** Has the page do `what` (`fetch.fetch`, `storage.get`, …); `signal` gives it up. */
export type AskAbility = (what: string, args: readonly unknown[], signal: AbortSignal) => PromiseLike<unknown>;
