/** Leaves out of a page what its libraries bring and it never uses: their debug output, names looked up in the DNS by hand, WebRTC. */
import type { Plugin } from "vite";

/** What takes the place of a module; an import of any other name makes the build fail, not the page. */
const REPLACED = {
  // The debug output of libp2p, switched on by the page's local storage: skein has a logger of its own.
  "debug output": [
    /\/weald\/dist\/src\/index\.js$/,
    `function silent(namespace) {
      const log = () => {};
      const rest = { namespace, enabled: false, color: "", diff: 0, log, destroy: () => true, useColors: () => false };
      return Object.assign(() => {}, rest, { extend: silent });
    }
    export default Object.assign(silent, { formatters: {}, names: [], enabled: () => false });`,
  ],
  // Only for /dnsaddr addresses; a page joins at its own host, whose name the browser looks up.
  "names in the DNS": [
    /\/@multiformats\/dns\/dist\/src\/index\.js$/,
    `export const RecordType = { TXT: 16 };
    export const dns = () => ({ query: () => Promise.reject(new Error("a page knows no /dnsaddr addresses")) });`,
  ],
  // It watches over the one connection to the peer that served it.
  WebRTC: [
    /\/@libp2p\/webrtc\/dist\/src\/index\.js$/,
    `export const webRTC = () => { throw new Error("this page has no WebRTC"); };`,
  ],
  // Jobs of its own: a page that watches has none.
  "a client": [
    /\/runtime\/src\/cluster\/client\.ts$/,
    `export const createClient = () => { throw new Error("this page opens no jobs"); };`,
  ],
} as const satisfies Readonly<Record<string, readonly [file: RegExp, code: string]>>;

export function unusedParts(...parts: readonly (keyof typeof REPLACED)[]): Plugin {
  return {
    name: "skein:unused-parts",
    enforce: "pre",
    load: (id) => parts.map((part) => REPLACED[part]).find(([file]) => file.test(id))?.[1],
  };
}
