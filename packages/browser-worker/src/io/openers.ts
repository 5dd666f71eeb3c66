/** How each ability is begun for a server. Its code is loaded where it was granted. */
import { SkeinError } from "@skein/runtime";
import type { Abilities, AbilityName } from "./abilities.ts";
import type { Ability } from "./ability.ts";
import type { SharedFetch } from "./fetch.ts";

/** What an ability may need of its tab and its server. */
export interface OpenerParts {
  readonly granted: Abilities;
  /** The client's id, once it is known. */
  readonly client: () => string | undefined;
  /** Who asks, in words. */
  readonly who: () => string;
  readonly fetches: SharedFetch;
}

export type Opener = (parts: OpenerParts) => Ability;

const LOADERS: Readonly<Record<AbilityName, () => Promise<Opener>>> = {
  fetch: async () => {
    const { fetchAbility } = await import("./fetch.ts");
    return ({ granted: { fetch = { origins: [] } }, fetches }) => fetchAbility(fetch, fetches);
  },
  storage: async () => {
    const { storageAbility } = await import("./storage.ts");
    return ({ granted: { storage = { quotaBytes: 0 } }, client }) => storageAbility(storage, client);
  },
  show: async () => {
    const [{ showAbility }, { pageTaskArea }] = await Promise.all([import("./show.ts"), import("./task-area.ts")]);
    return ({ who }) => showAbility(pageTaskArea(who));
  },
  ask: async () => {
    const [{ askAbility }, { pageTaskArea }] = await Promise.all([import("./ask.ts"), import("./task-area.ts")]);
    return ({ who }) => askAbility(pageTaskArea(who));
  },
  clipboard: async () => (await import("./browser-asks.ts")).clipboardAbility,
  geolocation: async () => (await import("./browser-asks.ts")).geolocationAbility,
  camera: async () => (await import("./camera.ts")).cameraAbility,
  microphone: async () => (await import("./microphone.ts")).microphoneAbility,
  notify: async () => {
    const { notifyAbility } = await import("./browser-asks.ts");
    return ({ who }) => notifyAbility(who);
  },
  gpu: async () => (await import("./gpu.ts")).gpuAbility,
};

/** @throws {SkeinError} `ABILITY_UNAVAILABLE` when the page is not served with it */
export async function loadOpener(name: AbilityName): Promise<Opener> {
  try {
    return await LOADERS[name]();
  } catch (cause) {
    throw new SkeinError("ABILITY_UNAVAILABLE", `the ability ${name} can't be loaded`, {
      hint: "load the page again: it may have been built anew, or not be served whole",
      cause,
    });
  }
}
