/** What a frame from an authenticated peer must be before anything reads it: one judgement for all that take frames. */
import { type Endpoint } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";
import { FROM_OFFSET, fromServer, hasKey, invalidFrame, setRoles, TO_OFFSET } from "../wire/frames.ts";
import type { EndpointTable } from "./identity.ts";
import { rolesBehind } from "./server-roles.ts";

/**
 * Writes into `frame` what its sender may do, and gives who that is.
 *
 * @throws {SkeinError} `WIRE_INVALID`: it is in another's name, or for another than `selfKey`; the session must end
 */
export function admitFrame(
  frame: Uint8Array,
  peer: PeerId,
  rolesMask: number,
  table: EndpointTable,
  selfKey: Uint8Array,
): Endpoint {
  const from = table.read(frame, FROM_OFFSET);
  if (from.peer !== peer) throw invalidFrame(`peer ${peer} sent a frame in another's name`);
  if (!hasKey(frame, TO_OFFSET, selfKey)) throw invalidFrame(`peer ${peer} sent a frame for another peer`);
  // Code of others runs behind a peer: it may less.
  setRoles(frame, fromServer(frame) === 0 ? rolesMask : rolesBehind(rolesMask));
  return from;
}
