/** Leaves out of a page what its peer never does: one that watches and acts has no tasks, names, channels and files. */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { replaceModules } from "./replace-modules.ts";

/** Modules of the runtime, and what takes their place. */
type Lean = Readonly<Record<string, string>>;

const WATCHING: Lean = {
  "message/inbound.ts": "inbound.ts",
  "message/local-channel.ts": "local-channel.ts",
  "message/names.ts": "names.ts",
  "message/wire-forms.ts": "wire-forms.ts",
  "peer/discovery.ts": "discovery.ts",
  "peer/files.ts": "files.ts",
  "peer/frame-switch.ts": "frame-switch.ts",
  "peer/invite-book.ts": "invite-book.ts",
  "peer/libp2p-signalled.ts": "libp2p-signalled.ts",
  "peer/place-acts.ts": "place-acts.ts",
  "peer/secret.ts": "secret.ts",
};

/** A tab joins by an invite, holds no cluster's key and keeps no files. */
const SERVING: Lean = {
  "peer/files.ts": "tab-files.ts",
  "peer/invite-book.ts": "invite-book.ts",
  "peer/secret.ts": "secret.ts",
};

export function leanPeer(use: "watches" | "serves"): Plugin {
  const modules = Object.entries(use === "watches" ? WATCHING : SERVING);
  return replaceModules(
    "lean-peer",
    "the runtime",
    modules.map(([file, other]) => {
      const path = fileURLToPath(new URL(`lean/${other}`, import.meta.url));
      return [`/runtime/src/${file}`, `export * from ${JSON.stringify(path)};`];
    }),
  );
}
