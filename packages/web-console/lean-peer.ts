/** Leaves out of a page what its peer never does: one that watches and acts has no tasks, names, channels and files. */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Modules of the runtime, and what takes their place; an import of any other name makes the build fail, not the page. */
type Replaced = Readonly<Record<string, string>>;

const WATCHING: Replaced = {
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
const SERVING: Replaced = {
  "peer/files.ts": "tab-files.ts",
  "peer/invite-book.ts": "invite-book.ts",
  "peer/secret.ts": "secret.ts",
};

export function leanPeer(use: "watches" | "serves"): Plugin {
  const replaced = use === "watches" ? WATCHING : SERVING;
  const left = new Set(Object.keys(replaced));
  return {
    name: "skein:lean-peer",
    enforce: "pre",
    load(id) {
      const file = /\/runtime\/src\/([\w/-]+\.ts)$/.exec(id)?.[1] ?? "";
      const other = replaced[file];
      if (other === undefined) return undefined;
      left.delete(file);
      return `export * from ${JSON.stringify(fileURLToPath(new URL(`lean/${other}`, import.meta.url)))};`;
    },
    buildEnd(error) {
      if (error === undefined && left.size > 0) this.error(`the runtime has no ${[...left].join(", ")} any more`);
    },
  };
}
