/** In place of what operators do at a peer: of a page that watches, a connection can be dropped. */
import { SkeinError } from "../../runtime/src/errors.ts";
import type { handlePeerActs as full } from "../../runtime/src/peer/place-acts.ts";
import { parsePlaceAct } from "../../runtime/src/wire/place-act.ts";

export const handlePeerActs: typeof full = (procedures, _engine, sessions) =>
  procedures.handle("place.act", { parse: parsePlaceAct, roles: ["scheduler"] }, (act) => {
    const connection = act.type === "disconnect" ? sessions.sessionOf(act.peer)?.connection : undefined;
    // As when the network drops it: the session goes on by another.
    if (connection !== undefined) return connection.close();
    throw new SkeinError("NAME_UNKNOWN", "there is no such thing at this page", { hint: "look again" });
  });
