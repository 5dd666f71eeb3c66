/** Builds the join page, to be served from anywhere: its files name each other by relative addresses. */
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { ed25519Only } from "../web-console/ed25519-only.ts";
import { leanLibp2p } from "../web-console/lean-libp2p.ts";
import { leanPeer } from "../web-console/lean-peer.ts";
import { lateParts } from "./late-parts.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The page makes its servers' program of its own chunks. */
const sharedProgram: Plugin = {
  name: "skein:shared-program",
  enforce: "pre",
  load: (id) =>
    id === here("./src/sandbox/program-text.ts")
      ? `export { moreParts, programText } from ${JSON.stringify(here("./src/page/shared-program.ts"))};`
      : undefined,
};

/** What binds the imports of tasks' code, as its package has it in plain JavaScript: a third of the size, as fast. */
const plainLexer: Plugin = {
  name: "skein:plain-lexer",
  enforce: "pre",
  load: (id) =>
    id.endsWith("/es-module-lexer/dist/lexer.asm.js") ? `export { parse } from "../lexer.js";` : undefined,
};

export default defineConfig({
  root: here("./src/page/"),
  base: "./",
  plugins: [sharedProgram, lateParts(), plainLexer, ed25519Only(), leanLibp2p(), leanPeer("serves")],
  build: {
    outDir: here("./.pages/join"),
    emptyOutDir: true,
    target: ["chrome125", "firefox128", "safari18"],
    // Nothing inline: the policy allows our own files only.
    assetsInlineLimit: 0,
    // For `tools/build-pages.ts`: what is made of what.
    manifest: true,
    // Only in the document: workers, which have none, run the same chunks.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file, deps, { hostType }) => (hostType === "html" ? deps : []),
    },
    rolldownOptions: { preserveEntrySignatures: "strict" },
  },
});
