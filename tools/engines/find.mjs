/** Finds the browser engines of this machine beside Chromium. Plain JavaScript without packages: it runs before anything is installed. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const firefoxPlaces = [
  process.env.SKEIN_FIREFOX,
  "firefox-esr",
  "firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** Path of a Firefox: `SKEIN_FIREFOX`, or one of this machine. */
export const findFirefox = () => firefoxPlaces.map((place) => place && commandPath(place)).find(Boolean);

/** WebKitGTK's driver and the display it draws on; without both there is no WebKit to test in. */
export function findWebKit() {
  const driver = commandPath("WebKitWebDriver");
  const display = commandPath("Xvfb");
  return driver === undefined || display === undefined ? undefined : { driver, display };
}

/** Full path of a command of PATH, or the path itself when it can be run. */
export function commandPath(name) {
  const folders = /[\\/]/.test(name) ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => (folder === "" ? name : join(folder, name))).find(runs);
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
