/** The views that only say something: no invite, joining, stopped, a problem. */
import { button, element } from "./elements.ts";
import type { Problem } from "./problems.ts";

/** Opened without an invite: one can be pasted. */
export function noInviteView(use: (text: string) => void): readonly HTMLElement[] {
  const text = element("textarea", { id: "invite", rows: "4", spellcheck: "false", autocomplete: "off" });
  return [
    element("h1", { tabindex: "-1" }, "Join a cluster with this browser"),
    element(
      "p",
      {},
      "You need a link or an invite from somebody of the cluster, made with ",
      element("code", {}, "skein invite --role tab"),
      ".",
    ),
    element("section", {}, element("label", { for: "invite" }, "Link or invite"), text),
    element(
      "div",
      { class: "buttons" },
      button("See who asks", () => use(text.value), "main"),
    ),
  ];
}

export const joiningView = (giveUp: () => void): readonly HTMLElement[] => [
  element(
    "div",
    { role: "status" },
    element(
      "div",
      { class: "state" },
      element("span", { class: "mark", "data-state": "away", "aria-hidden": "true" }),
      element("h1", { tabindex: "-1" }, "Joining …"),
    ),
    element("p", { class: "quiet" }, "This takes a second or two, up to half a minute in a slow network."),
  ),
  element("div", { class: "buttons" }, button("Give up", giveUp)),
];

export const stoppedView = (again: () => void): readonly HTMLElement[] => [
  element(
    "div",
    { role: "status" },
    element("h1", { tabindex: "-1" }, "Stopped"),
    element(
      "p",
      {},
      "Nothing of others runs here any more. What had not ended begins again elsewhere, as far as whoever started it allows. Thank you.",
    ),
  ),
  element("div", { class: "buttons" }, button("Join again", again)),
];

export function problemView({ title, text, help }: Problem, again: (() => void) | undefined): readonly HTMLElement[] {
  return [
    element("div", { role: "alert" }, element("h1", { tabindex: "-1" }, title), element("p", {}, help)),
    element("p", { class: "quiet" }, text),
    again === undefined ? element("div") : element("div", { class: "buttons" }, button("Try again", again, "main")),
  ];
}
