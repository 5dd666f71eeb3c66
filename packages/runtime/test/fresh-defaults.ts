/** Set-up before each test file of a page that runs many: what the file before made the default is so no longer. */
import { uninstallPlatform } from "../src/platform.ts";
import { replaceDefaultEngine } from "../src/task/default-engine.ts";

uninstallPlatform();
replaceDefaultEngine(undefined);
