/** What `skein invite --list` says of the invites that were made. Pure. */
import type { InviteInfo, InviteList } from "@skein/runtime";
import { shortId } from "./short-id.ts";
import { printable, table } from "./table.ts";

/** Names of those who joined that fit into a line. */
const NAMES_SHOWN = 3;

export function invitesTable({ invites, more }: InviteList): string {
  if (invites.length === 0) return "No invite was made.";
  const rows = invites.map((invite) => [
    invite.id,
    invite.roles.join(", "),
    `${invite.joined.length + (invite.more ?? 0)} of ${invite.uses}`,
    invite.state,
    new Date(invite.expiresMs).toISOString().slice(0, 16).replace("T", " "),
    joinedOf(invite),
    invite.about ?? "",
  ]);
  const shown = table(["id", "roles", "used", "state", "good until (UTC)", "joined", "about"], rows);
  return more === 0 ? shown : `${shown}\nand ${more} older ones`;
}

function joinedOf({ joined }: InviteInfo): string {
  const names = joined
    .slice(0, NAMES_SHOWN)
    .map(({ peer, name, out }) => `${printable(name ?? "") || shortId(peer)}${out === true ? " (out)" : ""}`);
  return joined.length > NAMES_SHOWN ? `${names.join(", ")}, …` : names.join(", ");
}
