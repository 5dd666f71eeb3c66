/** Run in a page of the console: what people see there, found by its role and its words. Each function is sent as text, and stands alone. */

/** What is looked for. A name is the whole of it, or what a pattern takes. */
export interface Wanted {
  readonly role: string;
  readonly name?: Name;
  /** Only within this. */
  readonly inside?: Wanted;
}

export type Name = string | { readonly like: string };

/** Where its middle is, in CSS pixels of the window; or why it can't be pressed (yet). */
export type Place =
  | { readonly x: number; readonly y: number; readonly focused: boolean; readonly why?: never }
  | { readonly why: string };

/** Scrolls to the first that is as wanted, and says where a pointer meets it. */
export function placeOf(wanted: Wanted): Place {
  const selectors: Readonly<Record<string, string>> = {
    button: "button, [role=button]",
    link: "a[href]",
    checkbox: "input[type=checkbox]",
    searchbox: "input[type=search]",
    textbox: "textarea, input:not([type]), input[type=text]",
    spinbutton: "input[type=number]",
    combobox: "select",
    slider: "input[type=range]",
    file: "input[type=file]",
    row: "tr",
    region: "section, [role=region]",
    dialog: "dialog[open]",
    stream: "[role=application]",
    any: "body *",
  };
  const words = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
  const nameOf = (element: Element): string => {
    const label = element.getAttribute("aria-label");
    if (label !== null) return words(label);
    const by = element.getAttribute("aria-labelledby");
    if (by !== null)
      return words(
        by
          .split(" ")
          .map((id) => document.getElementById(id)?.textContent ?? "")
          .join(" "),
      );
    if ("labels" in element && element.labels instanceof NodeList && element.labels.length > 0)
      return words([...element.labels].map((one) => one.textContent ?? "").join(" "));
    return words(element.textContent ?? "");
  };
  const isNamed = (element: Element, name: Name | undefined): boolean =>
    name === undefined ||
    (typeof name === "string" ? nameOf(element) === name : new RegExp(name.like).test(nameOf(element)));
  const isShown = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const find = ({ role, name, inside }: Wanted): readonly Element[] => {
    const within = inside === undefined ? [document.body] : find(inside);
    return within.flatMap((one) =>
      [...one.querySelectorAll(selectors[role] ?? role)].filter((each) => isNamed(each, name) && isShown(each)),
    );
  };
  const found = find(wanted);
  const [element] = found;
  if (element === undefined) return { why: "it is not there" };
  if (element.matches(":disabled")) return { why: "it is disabled" };
  element.scrollIntoView({ block: "center", inline: "center" });
  const [box] = element.getClientRects();
  if (box === undefined) return { why: "it is not drawn" };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  if (hit === null || !(element.contains(hit) || hit.contains(element)))
    return { why: `${hit?.outerHTML.slice(0, 120) ?? "nothing"} is before it` };
  return { x, y, focused: element === document.activeElement };
}

/** The words of what is shown, of the whole page or of the first that is as wanted; lists of them for rows. */
export function wordsOf(selector: string): readonly string[] {
  return [...document.querySelectorAll<HTMLElement>(selector)].map((one) =>
    one.innerText.replaceAll(/\s+/g, " ").trim(),
  );
}

/** The rows of a table, by what its columns are called. */
export function tableOf(label: string): readonly Readonly<Record<string, string>>[] {
  const words = (element: Element): string => (element.textContent ?? "").replaceAll(/\s+/g, " ").trim();
  const table = document.querySelector(`[aria-label="${label}"] table`);
  if (table === null) return [];
  // Arrows beside the name say how it is sorted.
  const names = [...table.querySelectorAll("thead th")].map((head) =>
    words(head)
      .replaceAll(/[^\w\s/]+/g, "")
      .trim(),
  );
  return [...table.querySelectorAll("tbody tr:not([aria-hidden])")].map((row) =>
    Object.fromEntries([...row.children].map((cell, at) => [names[at] ?? String(at), words(cell)])),
  );
}

/** What a select or range is set to, as a person's choice tells it. */
export function choose({ selector, value }: { readonly selector: string; readonly value: string }): string {
  const field = document.querySelector<HTMLSelectElement | HTMLInputElement>(selector);
  if (field === null) return `there is no ${selector}`;
  const { prototype } = field instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(field, value);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return "";
}

/** Keeps what the page gives to be saved, in place of the browser's own folder. */
export function keepDownloads(): void {
  const blobs = new Map<string, Blob>();
  const kept: { name: string; blob: Blob }[] = [];
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (of) => {
    const url = create(of);
    if (of instanceof Blob) blobs.set(url, of);
    return url;
  };
  HTMLAnchorElement.prototype.click = function click(this: HTMLAnchorElement): void {
    const blob = blobs.get(this.href);
    if (blob === undefined) this.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    else kept.push({ name: this.download, blob });
  };
  Object.assign(globalThis, { kept });
}

/** The last one that was saved. */
export async function lastDownload(): Promise<{ readonly name: string; readonly text: string } | undefined> {
  const { kept } = globalThis as unknown as { readonly kept?: readonly { name: string; blob: Blob }[] };
  const last = kept?.at(-1);
  return last === undefined ? undefined : { name: last.name, text: await last.blob.text() };
}

/** Chooses a file, as a person does in the browser's own window. */
export function giveFile({ name, text }: { readonly name: string; readonly text: string }): string {
  const field = document.querySelector<HTMLInputElement>("input[type=file]");
  if (field === null) return "there is no field for files";
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  field.files = carried.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return "";
}

/** What axe finds wrong that is serious or worse. axe has been loaded. */
export async function faults(): Promise<readonly string[]> {
  const { axe } = globalThis as unknown as {
    readonly axe: {
      run(
        context: Document,
        options: { readonly iframes: boolean },
      ): Promise<{ readonly violations: readonly { id: string; impact: string; nodes: { html: string }[] }[] }>;
    };
  };
  const { violations } = await axe.run(document, { iframes: false });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, impact, nodes }) =>
        `${impact} ${id}: ${nodes
          .map(({ html }) => html)
          .join(" ")
          .slice(0, 300)}`,
    );
}
