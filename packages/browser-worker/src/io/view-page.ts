/**
 * The page inside a view's frame: others' HTML, without what runs or leads elsewhere (a policy can't forbid a frame to
 * navigate itself), and a script of ours that tells its events.
 */

const SCRIPT = `const LEADS = /^(on.*|href|.*:href|ping|action|formaction|target)$/i;
// A form's fields, and names in a document, hide what they have themselves.
const own = (from, name, ...args) => from.prototype[name].call(...args);
const bodyOf = (page) => Object.getOwnPropertyDescriptor(Document.prototype, "body").get.call(page);
const place = document.body;
addEventListener("message", ({ data: html, ports: [port] }) => {
  const tell = (type, name, value) => port.postMessage({ type, name: String(name), value });
  const show = (text) => {
    const body = bodyOf(new DOMParser().parseFromString(text, "text/html"));
    for (const one of body.querySelectorAll("meta,base,link,script,iframe,frame,object,embed,template,animate,set")) own(Element, "remove", one);
    for (const one of body.querySelectorAll("*")) for (const name of own(Element, "getAttributeNames", one)) if (LEADS.test(name)) own(Element, "removeAttribute", one, name);
    place.replaceChildren(...body.childNodes);
  };
  port.addEventListener("message", ({ data }) => show(data));
  port.start();
  for (const type of ["click", "change"]) place.addEventListener(type, ({ target }) => {
    const named = own(Element, "closest", target, "[name]");
    if (named && !(named instanceof HTMLFormElement)) tell(type, named.getAttribute("name"), String(named.value ?? ""));
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = {};
    for (const [name, value] of new FormData(event.target)) if (typeof value === "string") fields[name] = value;
    tell("submit", own(Element, "getAttribute", event.target, "name") ?? "", fields);
  });
  show(html);
}, { once: true });`;

/** Of the script above, for its own policy and that of pages that grant `show`. */
export const VIEW_SCRIPT_HASH = "sha256-rIHIi5SMgozCGZyKbRdyPry70tI61vqPxlO+0+PYCv8=";

/** Nothing is loaded but images that are in the text itself. */
const POLICY: string = [
  "default-src 'none'",
  `script-src '${VIEW_SCRIPT_HASH}'`,
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export const VIEW_PAGE: string = `<!doctype html><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><body><script>${SCRIPT}</script>`;

/** For the test that keeps its hash true. */
export const viewScript: string = SCRIPT;
