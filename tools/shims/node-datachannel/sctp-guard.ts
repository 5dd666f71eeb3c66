/** Keeps a remote's SCTP from ending the process, and tells at once when the remote ends its side. */
import type { RTCDataChannel, RTCPeerConnection as WeriftConnection } from "werift";
import { quickenDtls } from "./quick-dtls.ts";
import { quickenSctp } from "./quick-sctp.ts";
import { widenSocket } from "./wide-socket.ts";

type Transport = NonNullable<WeriftConnection["sctpTransport"]>;

/** The same, and what it throws is dropped: the message, or the packet, counts as lost. */
const forgiving =
  <A extends readonly unknown[]>(run: (...args: A) => Promise<unknown>) =>
  (...args: A): void => {
    run(...args).catch(() => {
      // As if it had not arrived.
    });
  };

const guarded = new WeakSet<Transport>();

/**
 * To be called whenever the connection may have got its SCTP transport.
 *
 * werift 0.25.2 throws inside an async callback when an acknowledgement arrives for a channel that is gone, or a message
 * of an unknown kind: an unhandled rejection, which ends the process. And a browser that closes its connection says so by
 * an SCTP ABORT, which werift takes as the channels' end only: the connection would stay until ICE gives up.
 */
export function guardSctp(connection: WeriftConnection, onEnded: () => void): void {
  const transport = connection.sctpTransport;
  if (transport === undefined || guarded.has(transport)) return;
  guarded.add(transport);
  const { sctp } = transport;
  const { onReceive, stateChanged } = sctp;
  // Private to TypeScript alone; this version is pinned, and the tests would tell.
  const receive = transport["datachannelReceive"];
  onReceive.allUnsubscribe();
  onReceive.subscribe(forgiving(receive));
  sctp.transport.onData = forgiving(async (packet: Buffer) => await sctp["handleData"](packet));
  // Nobody waits for it: what fails there has met a closed socket.
  const flush = transport["dataChannelFlush"].bind(transport);
  transport["dataChannelFlush"] = async () => await flush().catch(() => {});
  stateChanged.closed?.subscribe(onEnded);
  quickenSctp(sctp);
  const { dtlsTransport } = transport;
  dtlsTransport.onStateChange.subscribe((state) => {
    if (state !== "connected") return;
    if (dtlsTransport.dtls !== undefined) quickenDtls(dtlsTransport.dtls);
    widenSocket(dtlsTransport.iceTransport);
  });
}

/** Ids of channels that this side opens go round up to here: fewer than any browser's. */
const CHANNEL_IDS = 200;

/**
 * Has the next channel get another id than this one had. werift takes the lowest that is free as soon as the remote has
 * answered the one direction's reset; the remote's own reset comes after that, and would close the new channel.
 */
export function keepId(connection: WeriftConnection, channel: RTCDataChannel): void {
  const transport = connection.sctpTransport;
  if (transport === undefined) return;
  const used = (id: number): void => {
    transport["dataChannelId"] = id + 2 < CHANNEL_IDS ? id + 2 : id % 2;
  };
  // It is undefined until there is an association.
  const id: number | undefined = channel.id;
  if (id !== undefined) return used(id);
  const setId = channel.setId.bind(channel);
  channel.setId = (given) => {
    setId(given);
    used(given);
  };
}
