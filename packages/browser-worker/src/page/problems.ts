/** Errors in words for somebody who opened a link, with what to do. Pure. */
import { SkeinError } from "@skein/runtime";

export interface Problem {
  readonly title: string;
  readonly text: string;
  readonly help: string;
  /** Whether the same may work a little later. */
  readonly again: boolean;
}

type Words = Omit<Problem, "text">;

const WORDS: Readonly<Partial<Record<string, Words>>> = {
  INVITE_USED: {
    title: "This link has been used up",
    help: "Each link is good for a number of tabs. Ask whoever sent it for another one: skein invite --role tab --uses 20",
    again: false,
  },
  INVITE_EXPIRED: {
    title: "This link is too old",
    help: "Ask whoever sent it for a new one. If it is new, look whether the clock of this device is right.",
    again: false,
  },
  NOT_A_MEMBER: {
    title: "The cluster does not take this tab",
    help: "The link was taken back, was changed on its way, or belongs to a cluster that is no more. Ask for a new one.",
    again: false,
  },
  ROLE_FORBIDS: {
    title: "This link is not for browsers",
    help: "Ask for one made with: skein invite --role tab",
    again: false,
  },
  OPTION_INVALID: {
    title: "This is not a whole link",
    help: "Copy it again from where it was printed, to its end.",
    again: false,
  },
  PEER_UNREACHABLE: {
    title: "The cluster can’t be reached",
    help: "It may have been stopped, or be in another network: join the same Wi-Fi, and look whether skein up still runs.",
    again: true,
  },
  NO_CLUSTER: {
    title: "Nobody hands out work there",
    help: "The cluster has no scheduler now. Try again when it has started.",
    again: true,
  },
  ABILITY_UNAVAILABLE: {
    title: "This browser can’t do what is needed",
    help: "Update it, or open the link in another one: Chromium, Firefox or Safari of the last two years.",
    again: false,
  },
};

/** Our own files, not the browser. */
const NOT_WHOLE: Words = {
  title: "A part of this page is missing",
  help: "Load it again. If it stays so, tell whoever sent the link: the page is not served whole.",
  again: true,
};
const OTHER: Words = {
  title: "Joining failed",
  help: "Try again; if it stays so, tell whoever sent the link what stands above.",
  again: true,
};

/** What an error means here; our own words where the error has its own remedy. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof SkeinError)) return { ...OTHER, text: error instanceof Error ? error.message : String(error) };
  const isNotWhole = error.code === "ABILITY_UNAVAILABLE" && error.cause !== undefined;
  const words = isNotWhole ? NOT_WHOLE : (WORDS[error.code] ?? OTHER);
  // What was found out before dialling is worth more than the usual reasons.
  const help = error.cause === undefined && error.code === "PEER_UNREACHABLE" ? sentence(error.hint) : words.help;
  return { ...words, help, text: `${sentence(error.message)} (${error.code})` };
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
