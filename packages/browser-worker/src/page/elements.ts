/** Elements made from names, attributes and texts: nothing is ever parsed as HTML, so no text of others can be more. */

export type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** Makes an element; attributes that are `false` or absent are left out, `true` ones are empty. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A button that says what it does and does it. */
export function button(text: string, act: () => void, kind = ""): HTMLButtonElement {
  const made = element("button", { type: "button", class: kind === "" ? undefined : kind }, text);
  made.addEventListener("click", act);
  return made;
}

/** Terms with what they are; those without are left out. */
export const terms = (rows: readonly (readonly [term: string, is: Child])[], kind?: string): HTMLDListElement =>
  element(
    "dl",
    { class: kind },
    ...rows.flatMap(([term, is]) =>
      is === undefined ? [] : [element("div", { class: "row" }, element("dt", {}, term), element("dd", {}, is))],
    ),
  );

let ids = 0;

/** A box to tick, with its label and what it means. */
export interface Choice {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
}

export function choice(
  label: string,
  about: string,
  { checked = false, disabled = false, more }: { checked?: boolean; disabled?: boolean; more?: HTMLElement } = {},
): Choice {
  ids += 1;
  const id = `choice-${ids}`;
  const input = element("input", { type: "checkbox", id, "aria-describedby": `${id}-about`, checked, disabled });
  const root = element(
    "div",
    { class: "choice", "data-off": disabled },
    input,
    element("label", { for: id }, label),
    element("span", { class: "quiet", id: `${id}-about` }, about),
  );
  if (more !== undefined) {
    const shown = element("div", { class: "more" }, more);
    const show = (): void => void (shown.hidden = !input.checked);
    input.addEventListener("change", show);
    show();
    root.append(shown);
  }
  return { root, input };
}
