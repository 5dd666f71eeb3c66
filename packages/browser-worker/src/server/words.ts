/** What is said on the port between a tab's page and one of its servers, beside their link. */
import type { CodeDigest, PeerId, TaskId } from "@skein/runtime";
import type { ServerLine } from "@skein/runtime/host";

/** A module of the program: its name, by which others import it, and its text. */
export type ProgramPart = readonly [name: string, text: string];

/** By the page. */
export type PageWords =
  /** Its use has come; with the port on which its tasks ask for abilities. */
  | {
      readonly type: "greet";
      readonly peer: PeerId;
      readonly server: number;
      /** Abilities that the owner has granted, by name. */
      readonly grants: readonly string[];
    }
  | { readonly type: "code"; readonly digest: CodeDigest; readonly code: Uint8Array }
  /** What few tasks use, each after what it imports; or why it can't be had. */
  | { readonly type: "more"; readonly parts: readonly ProgramPart[] }
  | { readonly type: "no more"; readonly why: string }
  /** So many more lines were taken. */
  | { readonly type: "taken"; readonly lines: number };

/** By the server. */
export type ServerWords =
  | ({ readonly type: "line" } & ServerLine & { readonly task?: TaskId })
  /** Its code names what few tasks use. */
  | { readonly type: "more" }
  /** Its code has called `close()`. */
  | { readonly type: "closing" };

/** Lines that a server may be ahead of its page; what it prints beyond that is dropped, and counted. */
export const LINES_AHEAD = 1000;
/** After so many the page says that it has taken them. */
export const LINES_TAKEN_TOGETHER = 100;
/** A server that says more to its page in a second, on all ports, is ended: its code has got at them, and means ill. */
export const WORDS_PER_SECOND_LIMIT = 20_000;
/** Characters of one line; the rest is cut off. */
export const LINE_CHARACTERS = 10_000;
