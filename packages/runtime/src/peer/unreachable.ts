/** What is said when no connection to a peer comes about. */
import { SkeinError } from "../errors.ts";

/** `who`: the peer that was expected there, in words for people. */
export const unreachable = (addresses: readonly string[], cause: unknown, who?: string): SkeinError =>
  new SkeinError(
    "PEER_UNREACHABLE",
    `no connection to ${placeText(addresses, who)}` + (typeof cause === "string" ? `: ${cause}` : ""),
    {
      hint: "is it running, and may this machine reach it?",
      ...(typeof cause === "string" ? {} : { cause }),
    },
  );

function placeText(addresses: readonly string[], who: string | undefined): string {
  if (addresses.length === 0) return `${who === undefined ? "a peer" : `peer ${who}`} without known addresses`;
  return (who === undefined ? "" : `peer ${who} at `) + addresses.slice(0, 4).join(", ");
}
