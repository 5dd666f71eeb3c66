/** The abilities `clipboard`, `geolocation` and `notify`: the browser asks the person itself. */
import { ABILITY_POSITION_MS, ABILITY_TEXT_LIMIT } from "@skein/runtime/host";
import { type Ability, nothing, refused, textOf, unavailable } from "./ability.ts";

export function clipboardAbility(): Ability {
  const clipboard = (): Clipboard => {
    // Insecure contexts have none, whatever the types say.
    const found: Clipboard | undefined = navigator.clipboard;
    if (found === undefined) throw unavailable("clipboard", "this page has none");
    return found;
  };
  return {
    calls: {
      read: async () => await orRefused("clipboard", async () => await clipboard().readText()),
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
  return {
    calls: {
      get: async () => {
        if (!("geolocation" in navigator) || !isSecureContext) throw unavailable("geolocation", "this page has none");
        return await new Promise((resolve, reject) => {
          navigator.geolocation.getCurrentPosition(
            ({ coords: { latitude, longitude, accuracy } }) =>
              resolve({ latitude, longitude, accuracyMetres: accuracy }),
            ({ code, message }) =>
              reject(
                code === 1 ? refused("geolocation") : unavailable("geolocation", message || "the place is not known"),
              ),
            { timeout: ABILITY_POSITION_MS },
          );
        });
      },
    },
    end: nothing,
  };
}

export function notifyAbility(): Ability {
  const shown = new Set<Notification>();
  return {
    calls: {
      show: async ([text]) => {
        const body = textOf(text, "the text", ABILITY_TEXT_LIMIT);
        if (!("Notification" in globalThis) || !isSecureContext) throw unavailable("notify", "this page can't");
        if ((await Notification.requestPermission()) !== "granted") throw refused("notify");
        try {
          shown.add(new Notification(document.title, { body, tag: "skein" }));
        } catch (error) {
          throw unavailable("notify", String(error)); // Chromium on Android has them in service workers alone
        }
        return undefined;
      },
    },
    end: () => {
      for (const one of shown) one.close();
    },
  };
}

async function orRefused<T>(ability: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DOMException && error.name === "NotAllowedError" ? refused(ability) : error;
  }
}
