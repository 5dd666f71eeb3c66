/** The peers and their connections as a picture: shapes say what a peer is, lines by which way it is connected. */
import type { ReactElement } from "react";
import type { PeerRole, Topology, TopologyLink, TopologyPeer } from "../../model/topology.ts";
import { TRANSPORT_WORDS } from "../../model/topology.ts";
import { duration } from "../../format.ts";
import { NARROW, type Point, useLayout } from "./layout.ts";
import styles from "./topology.module.css";

/** More connections than this are named when they are pointed at, in the table, and by their lines. */
const NAMED_LINKS = 14;
/** Up to so many have room for the name of their way; of more it is their line that tells. */
const WORDED_LINKS = 4;
/** Around the outermost peers, for their names. */
const MARGIN = { x: 80, y: 58 } as const;
/** Fewer peers than fill this stand in its middle, and are not drawn larger. */
const SMALLEST = { wide: 880, narrow: 380, height: 300 } as const;
const NAME_LENGTH = 18;

const SHAPES: Readonly<Record<PeerRole, ReactElement>> = {
  scheduler: <path d="M0-17 15-8.5v17L0 17-15 8.5v-17Z" />,
  node: <rect x="-14" y="-14" width="28" height="28" rx="5" />,
  tab: <circle r="15" />,
  client: <path d="M0-17 17 13h-34Z" />,
  peer: <path d="M0-16 16 0 0 16-16 0Z" />,
};

export interface PictureProps {
  readonly topology: Topology;
  /** The peer whose card is open. */
  readonly chosen: string;
  readonly choose: (peer: string) => void;
  /** Bytes a second, both ways. */
  readonly rateOf: (link: TopologyLink) => number;
}

export function Picture({ topology, chosen, choose, rateOf }: PictureProps): ReactElement {
  const { peers, links } = topology;
  const points = useLayout(
    peers.map(({ id }) => id),
    links.map(({ from, to }) => [from, to] as const),
  );
  const view = viewOf([...points.values()]);
  return (
    <svg
      className={styles["picture"]}
      viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
      role="group"
      aria-label="Peers and their connections; the table below has the same"
    >
      {links.map((link) => (
        <Line
          key={link.key}
          link={link}
          from={points.get(link.from)}
          to={points.get(link.to)}
          bytesPerSecond={rateOf(link)}
          named={links.length <= NAMED_LINKS || link.from === chosen || link.to === chosen}
          worded={links.length <= WORDED_LINKS || link.from === chosen || link.to === chosen}
          lit={link.from === chosen || link.to === chosen}
        />
      ))}
      {peers.map((peer) => (
        <Peer
          key={peer.id}
          peer={peer}
          at={points.get(peer.id)}
          chosen={peer.id === chosen}
          choose={() => choose(peer.id === chosen ? "" : peer.id)}
        />
      ))}
    </svg>
  );
}

function viewOf(points: readonly Point[]): Point & { readonly width: number; readonly height: number } {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, right] = [Math.min(0, ...xs), Math.max(0, ...xs)];
  const [top, bottom] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  const width = Math.max(innerWidth < NARROW ? SMALLEST.narrow : SMALLEST.wide, right - left + 2 * MARGIN.x);
  const height = Math.max(SMALLEST.height, bottom - top + 2 * MARGIN.y);
  return { x: (left + right - width) / 2, y: (top + bottom - height) / 2, width, height };
}

interface LineProps {
  readonly link: TopologyLink;
  readonly from: Point | undefined;
  readonly to: Point | undefined;
  readonly bytesPerSecond: number;
  readonly named: boolean;
  readonly worded: boolean;
  readonly lit: boolean;
}

function Line({ link, from, to, bytesPerSecond, named, worded, lit }: LineProps): ReactElement | null {
  if (from === undefined || to === undefined) return null;
  const { transport, rttMs, suspected } = link.info;
  const words = `${TRANSPORT_WORDS[transport] ?? transport}${rttMs === undefined ? "" : `, ${roundTrip(rttMs)}`}`;
  // Ten times as much is a little wider.
  const width = 1.4 + Math.min(3.6, Math.log10(1 + bytesPerSecond / 100));
  return (
    <g
      data-transport={transport}
      data-lit={lit || undefined}
      data-suspected={suspected || undefined}
      className={styles["link"]}
    >
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} strokeWidth={width}>
        <title>{words}</title>
      </line>
      {named && (
        <text x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 5}>
          {worded || rttMs === undefined ? words : roundTrip(rttMs)}
        </text>
      )}
    </g>
  );
}

/** `0.42 ms`: below ten the first digits matter. */
export const roundTrip = (ms: number): string => (ms < 10 ? `${ms.toPrecision(2)} ms` : duration(ms));

interface PeerProps {
  readonly peer: TopologyPeer;
  readonly at: Point | undefined;
  readonly chosen: boolean;
  readonly choose: () => void;
}

function Peer({ peer, at, chosen, choose }: PeerProps): ReactElement | null {
  if (at === undefined) return null;
  const name = peer.name.length > NAME_LENGTH ? `${peer.name.slice(0, NAME_LENGTH - 1)}…` : peer.name;
  return (
    <g
      className={styles["peer"]}
      data-role={peer.role}
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      aria-label={`${name} ${peer.role}`}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose();
      }}
    >
      {SHAPES[peer.role]}
      {name !== peer.name && <title>{peer.name}</title>}
      <text y="32">{`${name} `}</text>
      <text y="46" className={styles["role"]}>
        {peer.role}
      </text>
      <rect className={styles["hit"]} x="-40" y="-20" width="80" height="70" />
    </g>
  );
}
