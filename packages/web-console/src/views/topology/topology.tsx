/** Who is in the cluster and how they are connected: a picture, and the same as a table. */
import type { ReactElement } from "react";
import { Nothing, Panel } from "../../components/panel.tsx";
import { useNow } from "../../components/use-now.ts";
import { useRates } from "../../components/use-rates.ts";
import view from "../../components/view.module.css";
import { counted } from "../../format.ts";
import { type TopologyLink, topologyOf, TRANSPORT_WORDS } from "../../model/topology.ts";
import { useUrlState } from "../../page/url-state.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { LinkTable } from "./link-table.tsx";
import { PeerCard } from "./peer-card.tsx";
import { Picture } from "./picture.tsx";
import styles from "./topology.module.css";

/** A connection with what goes over it a second, seen from `from`. */
export interface RatedLink extends TopologyLink {
  readonly inPerSecond: number | undefined;
  readonly outPerSecond: number | undefined;
}

export function Topology(): ReactElement {
  const model = useModel();
  useTopics("links");
  const nowMs = useNow();
  const rates = useRates();
  const [chosen, choose] = useUrlState("peer");
  const topology = topologyOf(model);
  if (topology.peers.length === 0) {
    return (
      <Panel title="Topology">
        <Nothing>Each peer is asked for its connections; they appear here as the answers come.</Nothing>
      </Panel>
    );
  }
  const links = topology.links.map((link): RatedLink => {
    const rate = (name: string, total: number): number | undefined =>
      rates.take(`${link.key} ${link.from} ${name}`, link.timeMs, total, nowMs);
    const { bytesIn, bytesOut } = link.info;
    return { ...link, inPerSecond: rate("in", bytesIn), outPerSecond: rate("out", bytesOut) };
  });
  const sums = new Map(
    links.map(({ key, inPerSecond = 0, outPerSecond = 0 }) => [key, inPerSecond + outPerSecond] as const),
  );
  const card = topology.peers.find(({ id }) => id === chosen);
  const transports = [...new Set(links.map(({ info }) => info.transport))];
  return (
    <div className={view["view"]}>
      <Panel
        title="Topology"
        aside={`${counted(topology.peers.length, "peer")}, ${counted(links.length, "connection")}`}
      >
        <Picture topology={topology} chosen={chosen} choose={choose} rateOf={({ key }) => sums.get(key) ?? 0} />
        <ul className={styles["legend"]} aria-label="Lines">
          {transports.map((transport) => (
            <li key={transport}>
              <svg viewBox="0 0 34 8" aria-hidden="true" className={styles["link"]} data-transport={transport}>
                <line x1="0" y1="4" x2="34" y2="4" strokeWidth="2" />
              </svg>
              {TRANSPORT_WORDS[transport] ?? transport}
            </li>
          ))}
        </ul>
      </Panel>
      {card !== undefined && (
        <PeerCard
          model={model}
          peer={card}
          links={links.filter(({ from, to }) => from === card.id || to === card.id)}
          peers={topology.peers}
          close={() => choose("")}
        />
      )}
      <LinkTable title="Connections" links={links} peers={topology.peers} choose={choose} />
    </div>
  );
}
