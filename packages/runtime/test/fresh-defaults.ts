/** Set-up before each test file of a page that runs many: what the file before made the default is so no longer, and what it left open acts no more. */
import { endHostPlatforms } from "../src/testing/host-platform.ts";
import { uninstallPlatform } from "../src/platform.ts";
import { replaceDefaultEngine } from "../src/task/default-engine.ts";

uninstallPlatform();
replaceDefaultEngine(undefined);
endHostPlatforms();
