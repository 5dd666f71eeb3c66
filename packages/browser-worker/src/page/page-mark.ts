/** The running mark: the page's title and icon say how it stands, also from among other tabs. */
import idle from "./idle.svg";
import paused from "./paused.svg";
import running from "./running.svg";

export type Mark = "idle" | "running" | "paused";

const ICONS: Readonly<Record<Mark, string>> = { idle, running, paused };

export function setMark(mark: Mark, title: string): void {
  const asked = document.querySelector("[data-skein-tasks] form") === null ? title : `A task asks you – ${title}`;
  if (document.title !== asked) document.title = asked;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon !== null && icon.getAttribute("href") !== ICONS[mark]) icon.setAttribute("href", ICONS[mark]);
}
