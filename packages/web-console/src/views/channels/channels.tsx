/** The channels of the cluster: what goes over each, who reads it and how far behind, what was dropped. */
import type { ReactElement } from "react";
import button from "../../components/button.module.css";
import { badColumn, numberColumn } from "../../components/number-column.ts";
import { Nothing, Panel } from "../../components/panel.tsx";
import { PlaceLink } from "../../components/place-link.tsx";
import { Search } from "../../components/search.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { useNow } from "../../components/use-now.ts";
import { useRates } from "../../components/use-rates.ts";
import view from "../../components/view.module.css";
import { counted, rate } from "../../format.ts";
import { type ChannelRow, channelRows } from "../../model/channels.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeName } from "../../model/places.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useUrlState } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import { ChannelCard } from "./channel-card.tsx";

/** A channel with what it does a second. */
export interface RatedChannel extends ChannelRow {
  readonly published: number | undefined;
  readonly delivered: number | undefined;
}

function columnsOf(
  model: ClusterModel,
  chosen: string,
  choose: (channel: string) => void,
): readonly Column<RatedChannel>[] {
  const place = ({ at }: RatedChannel): string => placeName(model, at);
  return [
    {
      name: "Channel",
      long: "wrap",
      sort: ["name", ({ channel }) => channel.name],
      cell: ({ channel }) => (
        <button
          type="button"
          className={button["link"]}
          aria-expanded={channel.id === chosen}
          onClick={() => choose(channel.id === chosen ? "" : channel.id)}
        >
          {channel.name}
        </button>
      ),
    },
    { name: "At", sort: ["at", place], cell: ({ at }) => <PlaceLink model={model} at={at} /> },
    numberColumn("Published/s", "published", ({ published }) => published, rate),
    numberColumn("Delivered/s", "delivered", ({ delivered }) => delivered, rate),
    badColumn("Dropped", "dropped", ({ channel }) => channel.dropped),
    numberColumn("Subscribers", "subscribers", ({ channel }) => channel.subscribers.length + (channel.more ?? 0)),
    {
      name: "Furthest behind",
      number: true,
      sort: ["behind", ({ slowest }) => slowest?.waiting ?? -1],
      cell: ({ slowest }) =>
        slowest === undefined || slowest.waiting === 0
          ? "nobody"
          : `${slowest.name ?? placeName(model, slowest.to)}, ${counted(slowest.waiting ?? 0, "value")}`,
    },
  ];
}

export function Channels(): ReactElement {
  const model = useModel();
  useTopics("channels");
  const nowMs = useNow();
  const rates = useRates();
  const [query] = useUrlState("q");
  const [chosen, choose] = useUrlState("channel");
  const { rows, more } = channelRows(model);
  const shown = rows
    .map((row) => {
      const { id, published, delivered } = row.channel;
      return {
        ...row,
        published: rates.take(`${id} published`, row.timeMs, published, nowMs),
        delivered: rates.take(`${id} delivered`, row.timeMs, delivered, nowMs),
      };
    })
    .filter(({ channel, at }) =>
      `${channel.name} ${channel.id} ${placeName(model, at)}`.toLowerCase().includes(query.toLowerCase()),
    )
    .toSorted((a, b) => a.channel.name.localeCompare(b.channel.name, "en", { numeric: true }));
  if (rows.length === 0) {
    return (
      <Panel title="Channels">
        <Nothing>
          None that anybody has subscribed. A channel of any task appears here with its first subscriber, and says what
          goes over it.
        </Nothing>
      </Panel>
    );
  }
  const card = shown.find(({ channel }) => channel.id === chosen);
  return (
    <div className={view["view"]}>
      <div className={view["bar"]}>
        <Search label="Search channels" placeholder="Part of a name or place" />
      </div>
      {card !== undefined && <ChannelCard model={model} row={card} close={() => choose("")} />}
      <Panel title="Channels" aside={counted(rows.length + more, "channel")}>
        <Table
          label="Table of channels"
          columns={columnsOf(model, chosen, choose)}
          rows={shown}
          rowKey={({ channel }) => channel.id}
          sort="-published"
        />
        {shown.length === 0 && <Nothing>None of them matches.</Nothing>}
        {more > 0 && <p className={view["more"]}>and {counted(more, "channel")} more, which are less busy</p>}
      </Panel>
    </div>
  );
}
