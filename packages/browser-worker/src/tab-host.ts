/** What our own pages need of tabs that serve, without installing the browser's host. Not for applications. */
import "./symbols.ts";
export { VIEW_SCRIPT_HASH } from "./io/view-page.ts";
export { joinTabHost, type TabParts } from "./join-tab.ts";
export { FRAME_SCRIPT_HASH } from "./sandbox/frame-page.ts";
