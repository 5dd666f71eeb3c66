/** What `skein/vite` is: the plugin for pages that are clients. */
export { skein, type SkeinPlugin } from "@skein/node-server/vite";
