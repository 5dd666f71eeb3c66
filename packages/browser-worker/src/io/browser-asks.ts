/** The abilities `clipboard`, `geolocation` and `notify`: the browser asks the person itself. */
import { ABILITY_POSITION_MS, ABILITY_QUESTION_LIMIT, ABILITY_TEXT_LIMIT } from "@skein/runtime/host";
import { type Ability, nothing, refused, textOf, unavailable } from "./ability.ts";

export function clipboardAbility(): Ability {
  const clipboard = (): Clipboard => {
    // Insecure contexts have none, whatever the types say.
    const found: Clipboard | undefined = navigator.clipboard;
    if (found === undefined) throw unavailable("clipboard", "this page has none");
    return found;
  };
  // While the person is asked, others wait for the same answer.
  const read = shared(async () => await orRefused("clipboard", async () => await clipboard().readText()));
  return {
    calls: {
      read,
      write: async ([text]) => {
        const written = textOf(text, "the text", ABILITY_TEXT_LIMIT);
        await orRefused("clipboard", async () => await clipboard().writeText(written));
        return undefined;
      },
    },
    end: nothing,
  };
}

export function geolocationAbility(): Ability {
  const get = shared(async () => {
    if (!("geolocation" in navigator) || !isSecureContext) throw unavailable("geolocation", "this page has none");
    return await new Promise((resolve, reject) => {
      navigator.geolocation.getCurrentPosition(
        ({ coords: { latitude, longitude, accuracy } }) => resolve({ latitude, longitude, accuracyMetres: accuracy }),
        ({ code, message }) =>
          reject(code === 1 ? refused("geolocation") : unavailable("geolocation", message || "the place is not known")),
        { timeout: ABILITY_POSITION_MS },
      );
    });
  });
  return { calls: { get }, end: nothing };
}

export function notifyAbility(who: () => string): Ability {
  let shown: Notification | undefined;
  const permission = shared(async () => await Notification.requestPermission());
  return {
    calls: {
      show: async ([text], signal) => {
        const body = textOf(text, "the text", ABILITY_QUESTION_LIMIT);
        if (!("Notification" in globalThis) || !isSecureContext) throw unavailable("notify", "this page can't");
        if ((await permission()) !== "granted") throw refused("notify");
        signal.throwIfAborted(); // it was given up, or its server has ended, while the person was asked
        try {
          shown?.close();
          shown = new Notification(`A task of ${who()}`, { body, tag: "skein" });
        } catch (error) {
          throw unavailable("notify", String(error)); // Chromium on Android has them in service workers alone
        }
        return undefined;
      },
    },
    end: () => shown?.close(),
  };
}

/** Who asks while it runs gets the same answer. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return async () => {
    const mine = (running ??= work());
    try {
      return await mine;
    } finally {
      if (running === mine) running = undefined;
    }
  };
}

async function orRefused<T>(ability: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DOMException && error.name === "NotAllowedError" ? refused(ability) : error;
  }
}
