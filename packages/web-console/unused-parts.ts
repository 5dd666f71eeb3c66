/** Leaves out of a page that watches what it never uses: WebRTC, jobs of its own. */
import type { Plugin } from "vite";
import { type Replaced, replaceModules } from "./replace-modules.ts";

const REPLACED: readonly Replaced[] = [
  // It watches over the one connection to the peer that served it.
  ["/@libp2p/webrtc/dist/src/index.js", `export const webRTC = () => { throw new Error("this page has no WebRTC"); };`],
  // Jobs of its own: a page that watches has none.
  [
    "/runtime/src/cluster/client.ts",
    `export const createClient = () => { throw new Error("this page opens no jobs"); };`,
  ],
];

export const unusedParts = (): Plugin => replaceModules("unused-parts", "what the page is made of", REPLACED);
