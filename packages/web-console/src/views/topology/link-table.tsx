/** Connections as a table: between whom, by which way, how much and how quick; each can be dropped. */
import type { ClusterActs } from "@skein/runtime";
import type { ReactElement } from "react";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { numberColumn } from "../../components/number-column.ts";
import { Panel } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import view from "../../components/view.module.css";
import { bytes } from "../../format.ts";
import { type TopologyPeer, TRANSPORT_WORDS } from "../../model/topology.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import { roundTrip } from "./picture.tsx";
import type { RatedLink } from "./topology.tsx";

export interface LinkTableProps {
  readonly title: string;
  readonly links: readonly RatedLink[];
  readonly peers: readonly TopologyPeer[];
  readonly choose: (peer: string) => void;
}

export function LinkTable({ title, links, peers, choose }: LinkTableProps): ReactElement {
  const { acts, why } = useActs();
  return (
    <Panel title={title}>
      <Table
        label={`Table of ${title.toLowerCase()}`}
        columns={columnsOf(peers, choose, acts)}
        rows={links}
        rowKey={({ key }) => key}
        sort="between"
      />
      {acts === undefined && (
        <div className={view["more"]}>
          <Acts why={why}>{undefined}</Acts>
        </div>
      )}
    </Panel>
  );
}

function columnsOf(
  peers: readonly TopologyPeer[],
  choose: (peer: string) => void,
  acts: ClusterActs | undefined,
): readonly Column<RatedLink>[] {
  const names = new Map(peers.map((peer) => [peer.id, peer.name]));
  const nameOf = (id: RatedLink["from"]): string => names.get(id) ?? id;
  const peerButton = (id: RatedLink["from"]): ReactElement => (
    <button type="button" className={button["link"]} onClick={() => choose(id)}>
      {nameOf(id)}
    </button>
  );
  return [
    {
      name: "Between",
      sort: ["between", ({ from, to }) => `${nameOf(from)} ${nameOf(to)}`],
      cell: ({ from }) => peerButton(from),
    },
    { name: "and", sort: ["and", ({ from, to }) => `${nameOf(to)} ${nameOf(from)}`], cell: ({ to }) => peerButton(to) },
    {
      name: "Way",
      sort: ["transport", ({ info }) => info.transport],
      bad: ({ info }) => info.suspected,
      cell: ({ info }) => `${TRANSPORT_WORDS[info.transport] ?? info.transport}${info.suspected ? ", silent" : ""}`,
    },
    numberColumn("Round trip", "rtt", ({ info }) => info.rttMs, roundTrip),
    numberColumn("There/s", "out", ({ outPerSecond }) => outPerSecond, bytes),
    numberColumn("Back/s", "in", ({ inPerSecond }) => inPerSecond, bytes),
    numberColumn("In all", "all", ({ info }) => info.bytesIn + info.bytesOut, bytes),
    {
      name: "Acts",
      number: true,
      acts: true,
      cell: ({ from, to }) =>
        acts !== undefined && (
          <ActButton
            danger
            label={`Drop the connection of ${nameOf(from)} and ${nameOf(to)}`}
            question={{
              title: "Drop this connection?",
              effect: `${nameOf(from)} and ${nameOf(to)} are cut off from each other; whoever needs the connection makes it again at once, perhaps by another way. What was under way goes on then.`,
              verb: "Drop connection",
            }}
            act={() =>
              perform(`The connection of ${nameOf(from)} and ${nameOf(to)} was dropped.`, () =>
                acts.disconnect(from, to),
              )
            }
          >
            Drop
          </ActButton>
        ),
    },
  ];
}
