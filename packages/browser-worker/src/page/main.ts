/** The join page as it is served: it runs when it is loaded. */
import { createBrowserPlatform } from "../platform.ts";
import "../symbols.ts";
import { installPlatform } from "@skein/runtime/host";
import { readSignedInvite } from "@skein/runtime/network";
import { engineOf } from "../tab-node/tab-info.ts";
import { joinTabHost } from "../join-tab.ts";
import { Consents, type Keep } from "./consent.ts";
import type { InviteFacts } from "./invite-facts.ts";
import { JoinApp } from "./join-app.ts";
import { keptPeer } from "./kept-peer.ts";
import { TabNotes } from "./tab-notes.ts";
import { watchUpdates } from "./update-watch.ts";

const platform = createBrowserPlatform();
installPlatform(platform);
const root = document.querySelector<HTMLElement>("#page");
if (root === null) throw new Error("the page has no place for its contents");

const cores = navigator.hardwareConcurrency;
const nowMs = (): number => Date.now();
const kept = new Map<string, ReturnType<typeof keptPeer>>();

function identityFor({ cluster }: InviteFacts): ReturnType<typeof keptPeer> {
  const store = kept.get(cluster) ?? keptPeer(() => sessionStorage, cluster);
  kept.set(cluster, store);
  return store;
}

/** Where nothing may be kept, it throws on each use, and consents last as long as the page. */
const keepIn = (storage: () => Storage): Keep => ({
  getItem: (key) => storage().getItem(key),
  setItem: (key, value) => storage().setItem(key, value),
  removeItem: (key) => storage().removeItem(key),
});

/** Short, as it stands in tables and pictures; two tabs of one browser are told apart by its end. */
const nameOf = ({ userAgent }: Navigator): string =>
  `${engineOf(userAgent)} tab ${crypto.getRandomValues(new Uint16Array(1))[0]?.toString(36) ?? ""}`;

const app = new JoinApp({
  root,
  consents: new Consents(
    keepIn(() => localStorage),
    nowMs,
    cores,
  ),
  notes: new TabNotes(
    keepIn(() => sessionStorage),
    nowMs,
    cores,
  ),
  cores,
  secure: isSecureContext,
  nowMs,
  readInvite: (text) => readSignedInvite(platform, text),
  join: (facts, { workers, onBattery, hidden, wakeLock, abilities }, { paused, signal }) =>
    joinTabHost(
      {
        invite: facts.invite,
        workers,
        abilities,
        wakeLock,
        pauseWhen: { onBattery, hidden },
        store: identityFor(facts),
        name: nameOf(navigator),
      },
      { paused, signal },
    ),
  watch: (signal, updated) =>
    watchUpdates({ page: location.href.split("#")[0] ?? "", script: import.meta.url, signal, updated }),
  forget: () => {
    for (const store of kept.values()) store.forget();
    kept.clear();
    void (async () => (await import("../io/storage.ts")).forgetStored())().catch(() => undefined); // a page that is not whole
  },
  reload: () => location.reload(),
});
addEventListener("hashchange", () => app.open(location.hash));
app.open(location.hash);
