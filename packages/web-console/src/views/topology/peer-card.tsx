/** One peer of the picture: what it is, and whom it is connected to. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import button from "../../components/button.module.css";
import { Facts } from "../../components/facts.tsx";
import { Panel } from "../../components/panel.tsx";
import { bytes, counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeHref } from "../../model/places.ts";
import { type TopologyPeer, TRANSPORT_WORDS } from "../../model/topology.ts";
import type { RatedLink } from "./topology.tsx";

export interface PeerCardProps {
  readonly model: ClusterModel;
  readonly peer: TopologyPeer;
  /** Its connections. */
  readonly links: readonly RatedLink[];
  readonly peers: readonly TopologyPeer[];
  readonly close: () => void;
}

export function PeerCard({ model, peer, links, peers, close }: PeerCardProps): ReactElement {
  const sum = (value: (link: RatedLink) => number | undefined): number =>
    links.reduce((total, link) => total + (value(link) ?? 0), 0);
  const isFrom = ({ from }: RatedLink): boolean => from === peer.id;
  const href = placeHref(model, { peer: peer.id, server: 0 });
  const others = links.map((link) => {
    const other = isFrom(link) ? link.to : link.from;
    const name = peers.find(({ id }) => id === other)?.name ?? other;
    return `${name} (${TRANSPORT_WORDS[link.info.transport] ?? link.info.transport})`;
  });
  return (
    <Panel
      title={peer.name}
      aside={
        <button type="button" className={button["button"]} aria-label={`Close ${peer.name}`} onClick={close}>
          Close
        </button>
      }
    >
      <Facts
        facts={[
          ["Is a", peer.role],
          ["Page", href === undefined ? undefined : <Link key="page" href={href}>{`all of ${peer.name}`}</Link>],
          ["Connections", peer.tells ? counted(links.length, "connection") : "it does not tell; others do"],
          ["Sends", `${bytes(sum((link) => (isFrom(link) ? link.outPerSecond : link.inPerSecond)))}/s`],
          ["Receives", `${bytes(sum((link) => (isFrom(link) ? link.inPerSecond : link.outPerSecond)))}/s`],
          ["Connected to", others.join(", "), "wide"],
          ["Id", <code key="id">{peer.id}</code>, "wide"],
        ]}
      />
    </Panel>
  );
}
