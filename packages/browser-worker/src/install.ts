/** Installs the browser's platform: all that importing this does. */
import "./symbols.ts";
import { installPlatform } from "@skein/runtime/host";
import { createBrowserPlatform } from "./platform.ts";

installPlatform(createBrowserPlatform());
