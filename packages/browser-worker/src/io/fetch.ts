/** The ability `fetch`: requests to the origins that the owner allows, without credentials and within limits. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_BODY_BYTES, ABILITY_FETCH_BYTES, ABILITY_FETCH_MS, ABILITY_FETCHED_BYTES } from "@skein/runtime/host";
import type { Abilities } from "./abilities.ts";
import { type Ability, nothing, textOf, wrong } from "./ability.ts";

const URL_LIMIT = 8192;
const HEADERS_LIMIT = 64;
const HEADER_LIMIT = 8192;

/** What the requests of all servers of a tab share. */
export interface SharedFetch {
  /** Comes when one more may begin. */
  readonly turn: (signal: AbortSignal) => Promise<void>;
  /** Bytes of answers that are being read. */
  bytes: number;
}

export function fetchAbility(
  { origins, maxBytes = ABILITY_FETCH_BYTES }: NonNullable<Abilities["fetch"]>,
  shared: SharedFetch,
): Ability {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  return {
    calls: {
      fetch: async ([address, init], signal) => {
        const url = checkUrl(textOf(address, "the address", URL_LIMIT), allowed);
        const { timeoutMs, ...request } = readInit(init);
        checkRequest(url, request);
        const timeout = AbortSignal.timeout(timeoutMs);
        const either = AbortSignal.any([signal, timeout]);
        try {
          await shared.turn(either);
          // A page is not told where a redirect leads before it has followed it: to the LAN, perhaps.
          const response = await fetch(url, {
            ...request,
            credentials: "omit",
            redirect: "error",
            referrerPolicy: "no-referrer",
            cache: "no-store",
            signal: either,
          });
          const bytes = await readWhole(response, maxBytes, shared);
          const { ok, status } = response;
          return { ok, status, headers: Object.fromEntries(response.headers), url: url.href, bytes };
        } catch (error) {
          if (timeout.aborted && !signal.aborted) throw lateError(url, timeoutMs);
          throw error instanceof TypeError
            ? refused(url, error, await redirects(url, request, { shared, signal: either }))
            : error;
        }
      },
    },
    end: nothing,
  };
}

function checkUrl(address: string, allowed: ReadonlySet<string>): URL {
  if (!URL.canParse(address)) throw wrong(`${address} is no address; relative ones have nothing to be relative to`);
  const url = new URL(address);
  // Of other schemes all origins are alike.
  if (/^https?:$/.test(url.protocol) && allowed.has(url.origin)) return url;
  throw new SkeinError("ABILITY_NOT_GRANTED", `fetch: ${url.origin} is not allowed by the tab's owner`, {
    hint: `allowed are: ${[...allowed].join(", ")}`,
  });
}

interface Request {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
}

function readInit(init: unknown): Request {
  if (typeof init !== "object" || init === null) throw wrong("fetch's second argument is no object");
  // Each field is looked at before it is used.
  const { method = "GET", headers = {}, body, timeoutMs = ABILITY_FETCH_MS } = init as Record<string, unknown>;
  if (typeof headers !== "object" || headers === null) throw wrong("headers is no object");
  const entries = Object.entries(headers);
  if (entries.length > HEADERS_LIMIT) throw wrong(`${entries.length} headers: at most ${HEADERS_LIMIT} are sent`);
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0)) throw wrong("timeoutMs is no number above 0");
  return {
    method: textOf(method, "the method", 20),
    headers: Object.fromEntries(entries.map(([name, value]) => [name, textOf(value, `header ${name}`, HEADER_LIMIT)])),
    timeoutMs: Math.min(timeoutMs, ABILITY_FETCH_MS),
    ...(body === undefined ? {} : { body: readBody(body) }),
  };
}

/** A body with a GET, a method or a header that pages may not send: before anything is asked. */
function checkRequest(url: URL, init: RequestInit): void {
  try {
    void new Request(url, init);
  } catch (error) {
    throw wrong(`fetch: ${String(error)}`);
  }
}

function readBody(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array && body.byteLength <= ABILITY_BODY_BYTES) return new Uint8Array(body);
  if (body instanceof Uint8Array) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `fetch: the body has ${body.byteLength} bytes`, {
      hint: `at most ${ABILITY_BODY_BYTES} are sent`,
    });
  }
  return textOf(body, "fetch: the body", ABILITY_BODY_BYTES / 4);
}

/** Its reader is cancelled, and with it the request, as soon as it is too much. */
async function readWhole({ body }: Response, maxBytes: number, shared: SharedFetch): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
      length += read.value.byteLength;
      shared.bytes += read.value.byteLength;
      if (length > maxBytes) throw tooLong(maxBytes);
      // What one may have is more than that only where the owner says so.
      if (shared.bytes > Math.max(maxBytes, ABILITY_FETCHED_BYTES)) throw tooMuch();
      pieces.push(read.value);
    }
  } catch (error) {
    await reader?.cancel().catch(nothing);
    throw error;
  } finally {
    shared.bytes -= length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

const tooLong = (maxBytes: number): SkeinError =>
  new SkeinError("MESSAGE_TOO_LARGE", `fetch: the answer has more than ${maxBytes} bytes`, {
    hint: "ask for less, or have the tab's owner raise maxBytes",
  });

const tooMuch = (): SkeinError =>
  new SkeinError("LINK_OVERLOADED", `fetch: ${ABILITY_FETCHED_BYTES} bytes are being read in this tab already`, {
    hint: "wait for some of them first",
  });

const lateError = (url: URL, timeoutMs: number): SkeinError =>
  new SkeinError("TIMEOUT", `fetch: ${url.origin} did not answer within ${timeoutMs} ms`, { hint: "try again later" });

/** Browsers do not say why: what changes nothing there is asked once more, to see whether it was a redirect. It is not followed. */
async function redirects(
  url: URL,
  { method, headers }: Omit<Request, "timeoutMs">,
  { shared, signal }: { readonly shared: SharedFetch; readonly signal: AbortSignal },
): Promise<boolean> {
  if (method !== "GET" && method !== "HEAD") return false;
  try {
    await shared.turn(signal);
    const how = { redirect: "manual", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const;
    const { type, body } = await fetch(url, { ...how, method, headers, signal });
    await body?.cancel();
    return type === "opaqueredirect";
  } catch {
    return false;
  }
}

function refused(url: URL, cause: TypeError, redirected: boolean): SkeinError {
  const why = redirected
    ? "it redirects, and a page learns where to only after it has followed"
    : "it is down, redirects, or does not let pages of other origins ask (CORS)";
  return new SkeinError("HOST_UNREACHABLE", `fetch: ${url.origin} can't be asked from this page: ${why}`, {
    hint: redirected
      ? "ask the address that it leads to"
      : `have it answer, with Access-Control-Allow-Origin: ${location.origin}`,
    cause,
  });
}
