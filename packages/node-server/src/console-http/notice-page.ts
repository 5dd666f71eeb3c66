/** The static page for those who may not see the console, or when it has no pages: text, one style, no script. */
import { createHash } from "node:crypto";

const STYLE = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-content:center;padding:2rem;box-sizing:border-box;
font:16px/1.55 ui-sans-serif,system-ui,sans-serif;background:light-dark(#f6f6f3,#111416);color:light-dark(#16191c,#e6e8e6)}
main{max-width:34rem}h1{font-size:1.35rem;font-weight:600;margin:0 0 .75rem}p{margin:.5rem 0;color:light-dark(#4b5257,#a4acb0)}
code{font:0.95em ui-monospace,monospace;padding:.15em .4em;border-radius:.3em;background:light-dark(#e7e7e2,#1f2528);color:inherit}`;

const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Nothing may run here, and nothing be loaded. */
export const NOTICE_CSP: string = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Says what to do; the words are ours alone, so nothing from outside can become HTML. */
const page = (title: string, lines: readonly string[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>skein: ${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1>${lines.map((line) => `<p>${line}</p>`).join("")}</main></body></html>
`;

const LOCKED_PAGE: string = page("This console is locked", [
  "Open it with the link that <code>skein up</code> printed, or run <code>skein console</code> on that machine for a new one.",
  "A link opens one browser, once, within ten minutes. This browser then stays logged in for a week.",
]);

const OTHER_SITE_PAGE: string = page("This link was followed from another site", [
  "Copy it, and paste it into the address bar instead: what other sites (a mail or chat in the browser, too) send here is refused. It is still good.",
]);

/** What people read in place of what they asked for, by the reason of its refusal. */
export const NOTICES: ReadonlyMap<string, string> = new Map([
  ["session", LOCKED_PAGE],
  ["site", OTHER_SITE_PAGE],
]);

export const LINK_USED_PAGE: string = page("This link was used, or is too old", [
  "Run <code>skein console</code> on the machine of <code>skein up</code> for a new one.",
]);

export const UNBUILT_PAGE: string = page("The console's pages are not built", [
  "In a checkout, run <code>npm start</code>, or <code>npm run build</code>; then start <code>skein up</code> again.",
]);
