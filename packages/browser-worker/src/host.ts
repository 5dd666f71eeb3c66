/** What our own packages need of the browser's host, without installing it. Not for applications. */
import "./symbols.ts";
export { joinPageHost } from "./join-page.ts";
export { joinTabHost, type TabParts } from "./join-tab.ts";
export { FRAME_SCRIPT_HASH } from "./sandbox/frame-page.ts";
export { createBrowserPlatform } from "./platform.ts";
