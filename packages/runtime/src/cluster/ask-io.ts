/** `task.io` over a way to ask the page; without one each of its operations says where it would work. */
import { type Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { StreamOf } from "../task/stream.ts";
import { until } from "../task/until.ts";
import {
  type AskAbility,
  type IoAnswer,
  type IoPosition,
  type IoView,
  type IoViewEvent,
  type TaskIo,
} from "./task-io.ts";

/** At a server that is no tab's. */
const nowhere: AskAbility = async (what) => {
  const ability = what.slice(0, what.indexOf("."));
  throw new SkeinError("ABILITY_UNAVAILABLE", `this server is not in a tab: it can't do ${ability}`, {
    hint: `place the task on a tab: needs: { abilities: ["${ability}"] }`,
  });
};

/** What the page answers with is of our own page, which has made it of what is asked for: each cast below is such. */
export function taskIo(ask: AskAbility = nowhere): TaskIo {
  const asks = <T>(what: string, ...args: readonly unknown[]): Operation<T> =>
    until(async (signal) => (await ask(what, args, signal)) as T);
  return {
    fetch: (url, init = {}) =>
      until(async (signal) => answerOf((await ask("fetch.fetch", [url, init], signal)) as PlainAnswer)),
    storage: {
      get: (key) => asks("storage.get", key),
      set: (key, value) => asks("storage.set", key, value),
      remove: (key) => asks("storage.remove", key),
    },
    show: (html) => until(async (signal) => viewOf((await ask("show.open", [html], signal)) as number, asks)),
    ask: (question) => asks("ask.ask", question),
    clipboard: { read: () => asks("clipboard.read"), write: (text) => asks("clipboard.write", text) },
    geolocation: () => asks<IoPosition>("geolocation.get"),
    notify: (text) => asks("notify.show", text),
  };
}

type PlainAnswer = Omit<IoAnswer, "text" | "json">;

function answerOf(plain: PlainAnswer): IoAnswer {
  const text = (): string => new TextDecoder().decode(plain.bytes);
  return { ...plain, text, json: (): unknown => JSON.parse(text()) };
}

type Asks = <T>(what: string, ...args: readonly unknown[]) => Operation<T>;

function viewOf(view: number, asks: Asks): IoView {
  const close = (): Operation<void> => asks("show.close", view);
  return {
    events: new StreamOf(() => asks<IteratorResult<IoViewEvent, undefined>>("show.next", view), close),
    update: (html) => asks("show.update", view, html),
    close,
  };
}
