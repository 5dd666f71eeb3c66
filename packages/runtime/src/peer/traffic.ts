/** Counts what goes over the connections of one session, and how a program is shown that. */
import type { Role } from "../contracts/endpoint.ts";
import type { PeerId } from "../ids.ts";

/** Frames and their bytes, before encryption; each frame carries the messages of one turn. Plain fields: every frame goes by here. */
export class Traffic {
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;
  /** When the session began, in milliseconds since 1970. */
  readonly openedMs: number;

  constructor(openedMs: number) {
    this.openedMs = openedMs;
  }

  in(bytes: number): void {
    this.bytesIn += bytes;
    this.framesIn += 1;
  }

  out(bytes: number): void {
    this.bytesOut += bytes;
    this.framesOut += 1;
  }
}

/** A session, as far as it is shown. */
interface Shown {
  readonly traffic: Traffic;
  readonly rttMs: number | undefined;
}

/** Who is connected, with what went over the connections. */
export function linkInfos(
  members: readonly Pick<LinkInfo, "peer" | "name" | "roles" | "transport" | "suspected">[],
  sessionOf: (peer: PeerId) => Shown | undefined,
): readonly LinkInfo[] {
  return members.flatMap(({ peer, name, roles, transport, suspected }) => {
    const session = sessionOf(peer);
    if (session === undefined) return [];
    const { traffic, rttMs } = session;
    const { bytesIn, bytesOut, framesIn, framesOut, openedMs } = traffic;
    const counts = { bytesIn, bytesOut, framesIn, framesOut, openedMs, ...(rttMs === undefined ? {} : { rttMs }) };
    return [{ peer, name, roles, transport, suspected, ...counts }];
  });
}

/** A connection to another peer, as one end sees it. Counts are totals since the session with it began. */
export interface LinkInfo {
  readonly peer: PeerId;
  /** What the other end calls itself. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** As in `peers()`: "tcp", "ws", "wss", "webrtc", "relay", "memory". */
  readonly transport: string;
  readonly suspected: boolean;
  /** Bytes before encryption, large values and files included. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Frames: each carries the messages of one turn. */
  readonly framesIn: number;
  readonly framesOut: number;
  /** Round trip in milliseconds, once it was measured. */
  readonly rttMs?: number;
  /** When the session began, in milliseconds since 1970. */
  readonly openedMs: number;
}
