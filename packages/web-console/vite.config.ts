/** Builds the console's pages, to be served under a strict content security policy. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { ed25519Only } from "./ed25519-only.ts";
import { leanLibp2p } from "./lean-libp2p.ts";
import { leanPeer } from "./lean-peer.ts";
import { ownLocale } from "./own-locale.ts";
import { unusedParts } from "./unused-parts.ts";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), ownLocale(), ed25519Only(), leanLibp2p(), leanPeer("watches"), unusedParts()],
  // The page's own build draws with Preact, which is a tenth of the size; the exported hooks are React's.
  resolve: {
    alias: [
      { find: /^react-dom\/client$/, replacement: "preact/compat/client" },
      { find: /^react\/jsx-runtime$/, replacement: "preact/jsx-runtime" },
      { find: /^react\/jsx-dev-runtime$/, replacement: "preact/jsx-dev-runtime" },
      { find: /^react(?:-dom)?$/, replacement: "preact/compat" },
    ],
  },
  build: {
    outDir: ".pages/console",
    emptyOutDir: true,
    target: ["chrome125", "firefox128", "safari18"],
    // Nothing inline: the policy allows our own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
