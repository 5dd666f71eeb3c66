/** How references and channels cross to other processes: as data, and back as what they are there. */
import { sameEndpoint } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import {
  type ChannelId,
  isChannelId,
  isPeerId,
  isServiceId,
  isTaskId,
  type PeerId,
  type ServiceId,
  type TaskId,
} from "../ids.ts";
import type { Engine } from "../task/engine.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import type { Runtime } from "../task/runtime.ts";
import { ContextCell } from "../task/task-context.ts";
import { LocalRef } from "../task/task-ref.ts";
import { channelTable, RemoteReader } from "./channel-table.ts";
import { LocalChannel } from "./local-channel.ts";
import { LocalService } from "./local-service.ts";
import { RemoteChannel } from "./remote-channel.ts";
import { RemoteService } from "./remote-service.ts";
import { serviceTable } from "./service-table.ts";

/** A reference or a channel as data. */
interface WireAddress {
  readonly id: string;
  readonly peer: PeerId;
  readonly server: number;
  readonly name: string;
}

/** One class that crosses; the codec takes these. */
export interface WireForm {
  readonly Class: abstract new (...args: never) => object;
  readonly tag: string;
  /** As `ValueClass` says. */
  readonly shared?: boolean;
  toWire(value: object): unknown;
  fromWire(wire: unknown): unknown;
}

/** The classes of `runtime` that cross by address. One that comes back to where it was made is the one that left. */
export function wireForms(runtime: Runtime): readonly WireForm[] {
  const { engine } = runtime;
  // Each form is given only instances of its own class.
  return [
    {
      Class: LocalRef,
      tag: "skein.task",
      shared: true,
      toWire: (ref) => own(ref as LocalRef),
      fromWire: (wire) => refFrom(engine, wire),
    },
    {
      Class: RemoteRef,
      tag: "skein.task.r",
      shared: true,
      toWire: (ref) => far(ref as RemoteRef),
      fromWire: (wire) => refFrom(engine, wire),
    },
    {
      Class: LocalChannel,
      tag: "skein.channel",
      toWire: (one) => own(one as LocalChannel),
      fromWire: (wire) => channelFrom(engine, wire),
    },
    {
      Class: RemoteReader,
      tag: "skein.channel.v",
      toWire: (one) => own(one as RemoteReader),
      fromWire: (wire) => channelFrom(engine, wire, true),
    },
    {
      Class: RemoteChannel,
      tag: "skein.channel.r",
      toWire: (one) => far(one as RemoteChannel),
      fromWire: (wire) => channelFrom(engine, wire),
    },
    {
      Class: LocalService,
      tag: "skein.service",
      toWire: (one) => own(one as LocalService),
      fromWire: (wire) => serviceFrom(engine, wire),
    },
    {
      Class: RemoteService,
      tag: "skein.service.r",
      toWire: (one) => far(one as RemoteService),
      fromWire: (wire) => serviceFrom(engine, wire),
    },
  ];
}

/** What was made in this process: also by another runtime, which then is a peer of its own. */
interface Own {
  readonly engine: Engine;
  readonly id: TaskId | ChannelId | ServiceId;
  readonly name?: string;
}

function own(value: Own): WireAddress {
  const { router } = value.engine;
  if (router === undefined) {
    throw new SkeinError("NOT_SERIALIZABLE", "a reference can't leave a runtime that belongs to no peer", {
      hint: "start a peer (startPeer, connect) before references are sent",
    });
  }
  const { peer, server } = router.self;
  return { id: value.id, peer, server, name: value.name ?? "" };
}

function far(value: RemoteRef | RemoteChannel | RemoteService): WireAddress {
  const { peer, server } = value.endpoint;
  return { id: value.id, peer, server, name: value.name };
}

function refFrom(engine: Engine, wire: unknown): LocalRef | RemoteRef {
  const { id, name, ...endpoint } = addressFrom(wire);
  if (!isTaskId(id)) throw invalid();
  if (engine.router === undefined || !sameEndpoint(endpoint, engine.router.self))
    return new RemoteRef(engine, id, endpoint, name);
  const target = engine.target(id);
  // A task's reference is one object.
  if (target instanceof ContextCell && target.ref instanceof LocalRef) return target.ref;
  return new LocalRef(engine, undefined, id);
}

function channelFrom(engine: Engine, wire: unknown, reads = false): object {
  const { id, name, ...endpoint } = addressFrom(wire);
  if (!isChannelId(id)) throw invalid();
  if (engine.router === undefined || !sameEndpoint(endpoint, engine.router.self))
    return new RemoteChannel(engine, id, endpoint, name, reads);
  const table = engine.part(channelTable);
  // One that is closed by now stays closed.
  return table.channel(id) ?? table.reader(id) ?? closedChannel(engine, name);
}

function closedChannel(engine: Engine, name: string): LocalChannel {
  const channel = new LocalChannel(engine, name, {});
  void channel.close();
  return channel;
}

function serviceFrom(engine: Engine, wire: unknown): object {
  const { id, name, ...endpoint } = addressFrom(wire);
  if (!isServiceId(id)) throw invalid();
  const here = engine.router !== undefined && sameEndpoint(endpoint, engine.router.self);
  // One that is closed by now is answered so.
  const made = here ? engine.part(serviceTable).service(id) : undefined;
  return made ?? new RemoteService(engine, id, endpoint, name);
}

function addressFrom(wire: unknown): WireAddress {
  if (typeof wire !== "object" || wire === null) throw invalid();
  const { id, peer, server, name } = wire as Partial<Record<keyof WireAddress, unknown>>; // every field is narrowed below
  if (
    typeof id !== "string" ||
    !isPeerId(peer) ||
    typeof server !== "number" ||
    !Number.isSafeInteger(server) ||
    server < 0
  ) {
    throw invalid();
  }
  return { id, peer, server, name: typeof name === "string" ? name : "" };
}

function invalid(): SkeinError {
  return new SkeinError("WIRE_INVALID", "a peer sent a malformed reference", {
    hint: "check that both sides run the same version",
  });
}
