/** What a caller may see and speak for, by its roles and endpoint. Pure. */
import { endpointKey } from "../contracts/endpoint.ts";
import { type Caller } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type Sight } from "./watchers.ts";

/** Operators see everything, clients what is of their own jobs. */
export function sightOf({ roles, endpoint }: Caller): Sight {
  if (roles.includes("operator")) return { type: "all" };
  return roles.includes("client") ? { type: "own", owner: endpointKey(endpoint) } : { type: "bare" };
}

/** A client's key is its endpoint's, and its name there. */
export const ownerOf = (client: string): string => client.split("/", 2).join("/");

/** Only a peer's own process speaks for it as a node; its servers run others' code. */
export function ownPeer(caller: Caller): NodeId {
  if (caller.endpoint.server === 0) return caller.endpoint.peer;
  throw new SkeinError("ROLE_FORBIDS", "a server process may not speak for its node", {
    hint: "only the node itself may",
  });
}
