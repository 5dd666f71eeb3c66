import { DAY_MS } from "@skein/runtime";
import type { Invite } from "@skein/runtime/network";
import { expect, test } from "vitest";
import { Consents } from "./consent.ts";
import { JoinApp, type ServingTab } from "./join-app.ts";
import { memoryKeep } from "./memory-keep.ts";
import { usualSettings } from "./settings.ts";
import { TabNotes } from "./tab-notes.ts";

const NOW_MS = 1000;
// Only its form matters here.
const INVITE = {
  cluster: "ab".repeat(32),
  id: "i",
  roles: ["tab"],
  uses: 1,
  expiresMs: NOW_MS + DAY_MS,
  addresses: ["/dns4/localhost/tcp/4101/ws"],
} as unknown as Invite;

test("joining that is given up is told so, and its tab has left before the next one joins", async () => {
  const { keep } = memoryKeep();
  const consents = new Consents(keep, () => NOW_MS, 4);
  consents.give(INVITE, usualSettings(4), "day");
  const joins: { readonly signal: AbortSignal; readonly give: (tab: ServingTab) => void }[] = [];
  const root = document.createElement("main");
  const title = document.title;
  const app = new JoinApp({
    root,
    consents,
    notes: new TabNotes(keep, () => NOW_MS, 4),
    cores: 4,
    secure: false,
    nowMs: () => NOW_MS,
    readInvite: () => INVITE,
    join: async (_facts, _settings, { signal }) => {
      const { promise, resolve: give } = Promise.withResolvers<ServingTab>();
      joins.push({ signal, give });
      return await promise;
    },
    watch: () => undefined,
    forget: () => undefined,
    reload: () => undefined,
  });
  const press = (text: string): void =>
    [...root.querySelectorAll("button")].find((one) => one.textContent === text)?.click();
  app.open("#skein:x.y");
  await expect.poll(() => joins.length).toBe(1);
  press("Give up");
  expect([joins[0]?.signal.aborted, root.querySelector("h1")?.textContent]).toEqual([true, "Stopped"]);
  press("Join again");
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let closing = false;
  // Of a tab that was given up only this is used.
  const tab = { close: () => ((closing = true), closed) } as unknown as ServingTab;
  joins[0]?.give(tab);
  await expect.poll(() => closing).toBe(true);
  expect(joins).toHaveLength(1);
  close();
  await expect.poll(() => joins.length).toBe(2);
  expect(joins[1]?.signal.aborted).toBe(false);
  press("Give up");
  document.title = title;
});
