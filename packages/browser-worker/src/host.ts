/** What our own packages need of the browser's host, without installing it. Not for applications. */
import "./symbols.ts";
export { joinPageHost } from "./join-page.ts";
export { createBrowserPlatform } from "./platform.ts";
