/** What operators do at one place (a peer, or a server behind one), as it is said to it: `place.act`. */
import * as z from "valibot";
import type { Endpoint } from "../contracts/endpoint.ts";
import { type ChannelId, isChannelId, isPeerId, isTaskId, type PeerId, type TaskId } from "../ids.ts";
import { NAME_LIMIT } from "./limits.ts";
import { object, parseAs } from "./parse.ts";

/** Its peer hands on what is meant for a server behind it. */
export type PlaceAct =
  | {
      readonly type: "restart-child";
      readonly at: Endpoint;
      readonly supervisor: TaskId;
      /** The child's name. */
      readonly child: string;
    }
  /** `subscriber`: a task's or channel's id, or what else names it at the place. */
  | { readonly type: "unsubscribe"; readonly at: Endpoint; readonly channel: ChannelId; readonly subscriber: string }
  | { readonly type: "disconnect"; readonly at: Endpoint; readonly peer: PeerId };

const peer = z.custom<PeerId>(isPeerId);
const at: z.GenericSchema<unknown, Endpoint> = object({
  peer,
  server: z.pipe(z.number(), z.safeInteger(), z.minValue(0)),
});
const text = z.pipe(z.string(), z.maxLength(NAME_LIMIT));
const act: z.GenericSchema<unknown, PlaceAct> = z.variant("type", [
  object({ type: z.literal("restart-child"), at, supervisor: z.custom<TaskId>(isTaskId), child: text }),
  object({ type: z.literal("unsubscribe"), at, channel: z.custom<ChannelId>(isChannelId), subscriber: text }),
  object({ type: z.literal("disconnect"), at, peer }),
]);

/** Throws for what is none; the procedure answers `WIRE_INVALID` then. */
export const parsePlaceAct = (value: unknown): PlaceAct => parseAs(act, value);
