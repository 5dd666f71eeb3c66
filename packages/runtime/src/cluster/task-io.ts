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
  update(view: string | IoViewDescription): Operation<void>;
  /** Twice does nothing. */
  close(): Operation<void>;
}

/** One thing to fill in. */
export interface IoViewField {
  readonly name: string;
  readonly label: string;
  /** What is in it at first. */
  readonly value?: string;
  /** Default `text`. */
  readonly type?: "text" | "number" | "date" | "color" | "range";
  /** One of these. */
  readonly choices?: readonly string[];
}

/** A view by its parts, top to bottom; all of them are text. */
export interface IoViewDescription {
  readonly title?: string;
  /** Paragraphs. */
  readonly text?: string | readonly string[];
  /** In a form, whose `submit` event gives them all by name; each tells its changes too. */
  readonly fields?: readonly IoViewField[];
  /** What the form's button says. Default `OK`. */
  readonly submit?: string;
  /** Each tells its clicks. */
  readonly buttons?: readonly { readonly name: string; readonly label: string; readonly value?: string }[];
}

export interface IoCameraOptions {
  /** In pixels, as near as the camera comes to it. */
  readonly width?: number;
  readonly height?: number;
  /** At most, 30 and less. Default 5. */
  readonly framesPerSecond?: number;
}

/** A picture of a camera. */
export interface IoFrame {
  /** Since the camera was opened. */
  readonly timeMs: number;
  readonly width: number;
  readonly height: number;
  /** A JPEG. */
  readonly bytes: Uint8Array;
}

/** A tenth of a second of sound, of one channel. */
export interface IoSound {
  /** Since the microphone was opened; a step of more than a tenth of a second is a gap. */
  readonly timeMs: number;
  /** Samples in a second. */
  readonly sampleRate: number;
  /** −1 to 1. */
  readonly samples: Float32Array;
}

/** A buffer of a compute shader: what is in it at first, or how long it is. */
export type IoGpuBuffer = ({ readonly data: ArrayBufferView } | { readonly byteLength: number }) & {
  /** Whether what is in it afterwards is wanted. Default false. */
  readonly read?: boolean;
};

/** One run of a compute shader. */
export interface IoGpuWork {
  /** In WGSL. Its bindings of group 0, from 0 on, are `buffers` in their order: all of them are used. */
  readonly shader: string;
  /** Default `main`. */
  readonly entryPoint?: string;
  /** Up to 256 MiB together. */
  readonly buffers: readonly IoGpuBuffer[];
  /** How many in each direction. */
  readonly workgroups: readonly [x: number, y?: number, z?: number];
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
  /**
   * Shows HTML, or what is described, in the page's task area. Its scripts do not run, and it loads nothing. It stands
   * until it is closed, or the task ends.
   *
   * @example
   * const view = yield* task.io.show({ title: "Ready?", buttons: [{ name: "go", label: "Go" }] });
   * yield* view.events.next();
   */
  show(view: string | IoViewDescription): Operation<IoView>;
  /** Asks the person, and waits for the answer; `undefined` when the person does not want to give one. */
  ask(question: string): Operation<string | undefined>;
  readonly clipboard: { read(): Operation<string>; write(text: string): Operation<void> };
  geolocation(): Operation<IoPosition>;
  /**
   * Pictures of a camera, each taken when it is asked for. The camera is opened by the first, and closed when the reader
   * leaves or the task ends.
   *
   * @example
   * yield* task.io.camera({ width: 640 }).forEach((frame) => looksAt(frame.bytes));
   */
  camera(options?: IoCameraOptions): Stream<IoFrame>;
  /** Sound of a microphone, likewise; of what is not read, the last 5 s are kept. */
  microphone(): Stream<IoSound>;
  /**
   * Runs a compute shader by WebGPU, and gives what is in the buffers with `read` afterwards, in their order.
   *
   * @throws {SkeinError} `OPTION_INVALID` with the compiler's words; `TIMEOUT` after 30 s; `MESSAGE_TOO_LARGE`
   * @example
   * const [doubled] = yield* task.io.gpu({ shader, buffers: [{ data: new Float32Array([1, 2]), read: true }], workgroups: [1] });
   */
  gpu(work: IoGpuWork): Operation<readonly ArrayBuffer[]>;
  /** Shows a notification. */
  notify(text: string): Operation<void>;
}

/** Has the page do `what` (`fetch.fetch`, `storage.get`, …); `signal` gives it up. */
export type AskAbility = (what: string, args: readonly unknown[], signal: AbortSignal) => PromiseLike<unknown>;
