/** What a session does in a browser: asks the console over HTTP, and loads the network when it is needed. */
import { MINUTE_MS, SECOND_MS } from "@skein/runtime";
import { pageKey } from "./page-key.ts";
import { showReplay } from "./replaying.ts";
import type { RecordingAnswer, SessionAnswer, SessionParts } from "./session.ts";

const ANSWER_TIMEOUT_MS: number = 15 * SECOND_MS;
const RECORDING_TIMEOUT_MS: number = 2 * MINUTE_MS;

export const browserParts: SessionParts = {
  async open(signal) {
    const response = await ask("/session", signal, ANSWER_TIMEOUT_MS);
    if (response === undefined) return "absent";
    if (response.status === 401) return "locked";
    if (!response.ok) throw new Error(`the console answered ${response.status}`);
    return answerOf(await response.json());
  },

  async replay(name, signal) {
    const [{ Replay }, response] = await Promise.all([
      import("../record/replay.ts").catch(notLoaded),
      ask("/recording", signal, RECORDING_TIMEOUT_MS),
    ]);
    if (response?.ok !== true) throw new Error(`${name} can’t be read any more`);
    const text = await response.text();
    if (!signal.aborted) showReplay(new Replay(name, text));
  },

  async follow(answer, observer, since, signal) {
    const { followCluster } = await import("./follow-cluster.ts").catch(notLoaded);
    await followCluster(answer, observer, since, signal);
  },

  pause(ms, signal) {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        removeEventListener("online", end);
        document.removeEventListener("visibilitychange", shown);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const shown = (): void => {
        if (document.visibilityState === "visible") end();
      };
      const timer = setTimeout(end, ms);
      addEventListener("online", end);
      document.addEventListener("visibilitychange", shown);
      signal.addEventListener("abort", end);
    });
  },

  now: () => Date.now(),
};

/** Nothing when nobody answers: whatever words the browser has for that say no more. */
async function ask(path: string, signal: AbortSignal, timeoutMs: number): Promise<Response | undefined> {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "x-skein": pageKey() },
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch {
    return undefined;
  }
}

function notLoaded(cause: unknown): never {
  throw new Error("a part of this page can’t be loaded any more: reload it", { cause });
}

function answerOf(value: unknown): SessionAnswer | RecordingAnswer {
  if (typeof value === "object" && value !== null && "recording" in value && typeof value.recording === "string")
    return { recording: value.recording };
  if (typeof value === "object" && value !== null && "invite" in value && "peer" in value && "scheduler" in value) {
    const { invite, peer, scheduler } = value;
    if (typeof invite === "string" && typeof peer === "string" && isEndpoint(scheduler))
      return { invite, peer, scheduler };
  }
  throw new Error("the console answered something else than a session");
}

function isEndpoint(value: unknown): value is SessionAnswer["scheduler"] {
  if (typeof value !== "object" || value === null || !("peer" in value) || !("server" in value)) return false;
  return typeof value.peer === "string" && typeof value.server === "number";
}
