/** What `vite.config.ts` of a page that is a client imports. */
export { skein, type SkeinPlugin } from "./code/vite-plugin.ts";
