/** Connections as a table: between whom, by which way, how much and how quick; each can be dropped. */
import type { ReactElement } from "react";
import { ActButton, Acts } from "../../components/button.tsx";
import { Panel } from "../../components/panel.tsx";
import { SortHead } from "../../components/sort-head.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { bytes } from "../../format.ts";
import { type TopologyPeer, TRANSPORT_WORDS } from "../../model/topology.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import { useSort } from "../../page/url-state.ts";
import { roundTrip } from "./picture.tsx";
import type { RatedLink } from "./topology.tsx";

const KEYS: Readonly<Record<string, (link: RatedLink) => number | string>> = {
  transport: ({ info }) => info.transport,
  rtt: ({ info }) => info.rttMs ?? -1,
  out: ({ outPerSecond = -1 }) => outPerSecond,
  in: ({ inPerSecond = -1 }) => inPerSecond,
  all: ({ info }) => info.bytesIn + info.bytesOut,
};

export interface LinkTableProps {
  readonly title: string;
  readonly links: readonly RatedLink[];
  readonly peers: readonly TopologyPeer[];
  readonly choose: (peer: string) => void;
}

export function LinkTable({ title, links, peers, choose }: LinkTableProps): ReactElement {
  const sort = useSort("between");
  const { acts, why } = useActs();
  const names = new Map(peers.map((peer) => [peer.id, peer]));
  const nameOf = (id: RatedLink["from"]): string => names.get(id)?.name ?? id;
  const keyOf = KEYS[sort.column] ?? (({ from, to }: RatedLink) => `${nameOf(from)} ${nameOf(to)}`);
  const order = links.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en");
    return sort.down ? -less : less;
  });
  const peerButton = (id: RatedLink["from"]): ReactElement => (
    <button type="button" className={table["open"]} onClick={() => choose(id)}>
      {nameOf(id)}
    </button>
  );
  return (
    <Panel title={title}>
      <div className={table["scroll"]} tabIndex={0} role="region" aria-label={`Table of ${title.toLowerCase()}`}>
        <table className={table["table"]}>
          <thead>
            <tr>
              <SortHead name="Between" column="between" sort={sort} />
              <th scope="col">and</th>
              <SortHead name="Way" column="transport" sort={sort} />
              <SortHead name="Round trip" column="rtt" sort={sort} number />
              <SortHead name="There/s" column="out" sort={sort} number />
              <SortHead name="Back/s" column="in" sort={sort} number />
              <SortHead name="In all" column="all" sort={sort} number />
              <th scope="col">
                <span className="visually-hidden">Acts</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {order.map(({ key, from, to, info, inPerSecond, outPerSecond }) => (
              <tr key={key}>
                <th scope="row">{peerButton(from)}</th>
                <td>{peerButton(to)}</td>
                <td data-bad={info.suspected || undefined}>
                  {TRANSPORT_WORDS[info.transport] ?? info.transport}
                  {info.suspected && ", silent"}
                </td>
                <td data-number>{info.rttMs === undefined ? "" : roundTrip(info.rttMs)}</td>
                <td data-number>{outPerSecond === undefined ? "" : bytes(outPerSecond)}</td>
                <td data-number>{inPerSecond === undefined ? "" : bytes(inPerSecond)}</td>
                <td data-number>{bytes(info.bytesIn + info.bytesOut)}</td>
                <td data-number>
                  {acts !== undefined && (
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
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {acts === undefined && (
        <div className={view["more"]}>
          <Acts why={why}>{undefined}</Acts>
        </div>
      )}
    </Panel>
  );
}
