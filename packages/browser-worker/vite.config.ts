/** Builds the join page, to be served from anywhere: its files name each other by relative addresses. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { ed25519Only } from "../web-console/ed25519-only.ts";
import { noEval } from "../web-console/no-eval.ts";

export default defineConfig({
  root: fileURLToPath(new URL("./src/page/", import.meta.url)),
  base: "./",
  plugins: [ed25519Only(), noEval()],
  build: {
    outDir: fileURLToPath(new URL("./.pages/join", import.meta.url)),
    emptyOutDir: true,
    target: ["chrome125", "firefox128", "safari18"],
    // Nothing inline: the policy allows our own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
