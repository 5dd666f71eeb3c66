/** skein in browsers. Importing it installs the browser's platform: the one import effect. */
import { installPlatform } from "@skein/runtime/host";
import { createBrowserPlatform } from "./platform.ts";

installPlatform(createBrowserPlatform());

export { createBrowserPlatform } from "./platform.ts";
