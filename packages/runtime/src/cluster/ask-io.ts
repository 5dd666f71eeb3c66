/** `task.io` over a way to ask the page; without one each of its operations says where it would work. */
import { type Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { until } from "../task/until.ts";
import { type IoOwner, PageHeld } from "./page-held.ts";
import {
  type AskAbility,
  type IoAnswer,
  type IoFrame,
  type IoGpuBuffer,
  type IoPosition,
  type IoSound,
  type IoView,
  type IoViewDescription,
  type IoViewEvent,
  type TaskIo,
} from "./task-io.ts";
import { viewHtml } from "./view-html.ts";

/** At a server that is no tab's. */
const nowhere: AskAbility = async (what) => {
  const ability = what.slice(0, what.indexOf("."));
  throw new SkeinError("ABILITY_UNAVAILABLE", `this server is not in a tab: it can't do ${ability}`, {
    hint: `place the task on a tab: needs: { abilities: ["${ability}"] }`,
  });
};

/**
 * What stands open in the page ends with `owner`. What the page answers with is of our own page, which has made it of what
 * is asked for: each cast below is such.
 */
export function taskIo(owner: IoOwner, ask: AskAbility = nowhere): TaskIo {
  const asks = <T>(what: string, ...args: readonly unknown[]): Operation<T> =>
    until(async (signal) => (await ask(what, args, signal)) as T);
  const held = (ability: string, ...args: readonly unknown[]): PageHeld => new PageHeld(ask, owner, ability, args);
  return {
    fetch: (url, init = {}) =>
      until(async (signal) => answerOf((await ask("fetch.fetch", [url, init], signal)) as PlainAnswer)),
    storage: {
      get: (key) => asks("storage.get", key),
      set: (key, value) => asks("storage.set", key, typeof value === "string" ? value : value.slice()),
      remove: (key) => asks("storage.remove", key),
    },
    show: (view) =>
      until(async () => {
        const shown = held("show", htmlOf(view));
        return viewOf(shown, await shown.open(), asks);
      }),
    ask: (question) => asks("ask.ask", question),
    clipboard: { read: () => asks("clipboard.read"), write: (text) => asks("clipboard.write", text) },
    geolocation: () => asks<IoPosition>("geolocation.get"),
    camera: (options = {}) => held("camera", options).values<IoFrame>(),
    microphone: () => held("microphone").values<IoSound>(),
    notify: (text) => asks("notify.show", text),
    gpu: ({ buffers, ...work }) => asks("gpu.run", { ...work, buffers: buffers.map(plainBuffer) }),
  };
}

type PlainAnswer = Omit<IoAnswer, "text" | "json">;

function answerOf(plain: PlainAnswer): IoAnswer {
  const text = (): string => new TextDecoder().decode(plain.bytes);
  return { ...plain, text, json: (): unknown => JSON.parse(text()) };
}

type Asks = <T>(what: string, ...args: readonly unknown[]) => Operation<T>;

function viewOf(held: PageHeld, id: unknown, asks: Asks): IoView {
  return {
    events: held.values<IoViewEvent>(),
    update: (view) => asks("show.update", id, htmlOf(view)),
    close: () => held.close(),
  };
}

const htmlOf = (view: string | IoViewDescription): string => (typeof view === "string" ? view : viewHtml(view));

/** Of a view its own bytes alone: a clone would take the whole buffer behind it. */
function plainBuffer(buffer: IoGpuBuffer): Readonly<Record<string, unknown>> {
  const { read = false } = buffer;
  if (!("data" in buffer)) return { byteLength: buffer.byteLength, read };
  const { data } = buffer;
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(), read };
}
