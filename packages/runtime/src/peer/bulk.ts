/**
 * Bulk for the layers above: files and whatever else is too large for a message. One side takes a writer and tells the
 * writer's number in a call of its own; the handler there takes the reader of that number. The call's answer is the
 * transfer's result, its refusal the receiver's no.
 */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { BulkIn } from "./bulk-in.ts";
import type { BulkOut } from "./bulk-out.ts";

export type { BulkIn as BulkReader } from "./bulk-in.ts";
export type { BulkOut as BulkWriter } from "./bulk-out.ts";

export interface Bulk {
  /**
   * Begins a transfer to a process. Nothing goes before the other side has taken the reader of its number.
   *
   * @throws {SkeinError} `PEER_LOST`, `LINK_OVERLOADED`
   */
  writer(to: Endpoint): BulkOut;
  /**
   * Takes what `from` sends as its transfer `id`, once.
   *
   * @throws {SkeinError} `WIRE_INVALID` for a number that can't be one, `PEER_LOST`, `LINK_OVERLOADED`
   */
  reader(from: Endpoint, id: number): BulkIn;
}
