/** Leaves out of a page that watches what it never uses: WebRTC, jobs of its own. */
import type { Plugin } from "vite";

/** What takes the place of a module; an import of any other name makes the build fail, not the page. */
const REPLACED = {
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
  const left = new Set(parts);
  let builds = false;
  return {
    name: "skein:unused-parts",
    enforce: "pre",
    configResolved: ({ command }) => {
      builds = command === "build";
    },
    load(id) {
      const part = parts.find((one) => REPLACED[one][0].test(id));
      if (part === undefined) return undefined;
      left.delete(part);
      return REPLACED[part][1];
    },
    // A library that has moved its file would bring all of it again.
    buildEnd(error) {
      if (builds && error === undefined && left.size > 0)
        this.error(`nothing here has ${[...left].join(", ")} any more`);
    },
  };
}
