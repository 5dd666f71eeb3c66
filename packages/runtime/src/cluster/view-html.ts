/** A view that is described by its parts, as HTML. */
import { type IoViewDescription, type IoViewField } from "./task-io.ts";

/** The name of the form that holds a description's fields, in its `submit` event. */
const FORM = "form";

export function viewHtml({ title, text = [], fields = [], submit = "OK", buttons = [] }: IoViewDescription): string {
  const paragraphs = typeof text === "string" ? [text] : text;
  const form =
    fields.length === 0
      ? ""
      : `<form name="${FORM}">${fields.map(fieldHtml).join("")}<button>${escaped(submit)}</button></form>`;
  return [
    "<style>body{font:1rem/1.5 system-ui,sans-serif}label{display:block;margin-block:.5rem}</style>",
    title === undefined ? "" : `<h1>${escaped(title)}</h1>`,
    ...paragraphs.map((one) => `<p>${escaped(one)}</p>`),
    form,
    ...buttons.map(
      ({ name, label, value = "" }) =>
        `<button type="button" name="${escaped(name)}" value="${escaped(value)}">${escaped(label)}</button> `,
    ),
  ].join("");
}

function fieldHtml({ name, label, value = "", type = "text", choices }: IoViewField): string {
  const input =
    choices === undefined
      ? `<input name="${escaped(name)}" type="${escaped(type)}" value="${escaped(value)}">`
      : `<select name="${escaped(name)}">${choices
          .map((one) => `<option${one === value ? " selected" : ""}>${escaped(one)}</option>`)
          .join("")}</select>`;
  return `<label>${escaped(label)} ${input}</label>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);
