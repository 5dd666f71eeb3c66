/** Makes uPlot write numbers as the rest of the page does: a browser's own language may be none that it knows ("C"). */
import type { Plugin } from "vite";

const FILE = /\/uplot\/dist\/uPlot\.esm\.js$/;
const FROM = "new Intl.NumberFormat(domEnv ? nav.language : 'en-US')";
const TO = "new Intl.NumberFormat('en')";

export function ownLocale(): Plugin {
  return {
    name: "skein:own-locale",
    enforce: "pre",
    transform(code, id) {
      if (!FILE.test(id)) return undefined;
      if (!code.includes(FROM)) this.error(`${id} has no "${FROM}" any more: see what it asks the browser now`);
      return { code: code.replace(FROM, TO), map: null };
    },
  };
}
