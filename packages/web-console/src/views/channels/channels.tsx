/** The channels of the cluster: what goes over each, who reads it and how far behind, what was dropped. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Nothing, Panel } from "../../components/panel.tsx";
import { Search } from "../../components/search.tsx";
import { SortHead } from "../../components/sort-head.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import { useRates } from "../../components/use-rates.ts";
import view from "../../components/view.module.css";
import { count, counted, rate } from "../../format.ts";
import { type ChannelRow, channelRows } from "../../model/channels.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeHref, placeName } from "../../model/places.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useSort, useUrlState } from "../../page/url-state.ts";
import { useModel } from "../../use-cluster.ts";
import { ChannelCard } from "./channel-card.tsx";

/** A channel with what it does a second. */
export interface RatedChannel extends ChannelRow {
  readonly published: number | undefined;
  readonly delivered: number | undefined;
}

const KEYS: Readonly<Record<string, (row: RatedChannel) => number | string>> = {
  name: ({ channel }) => channel.name,
  published: (row) => row.published ?? -1,
  delivered: (row) => row.delivered ?? -1,
  dropped: ({ channel }) => channel.dropped,
  subscribers: ({ channel }) => channel.subscribers.length + (channel.more ?? 0),
  behind: ({ slowest }) => slowest?.waiting ?? -1,
};

export function Channels(): ReactElement {
  const model = useModel();
  useTopics("channels");
  const nowMs = useNow();
  const rates = useRates();
  const sort = useSort("-published");
  const [query] = useUrlState("q");
  const [chosen, choose] = useUrlState("channel");
  const { rows, more } = channelRows(model);
  const keyOf = KEYS[sort.column] ?? KEYS["name"];
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
    .toSorted((a, b) => {
      const [x = "", y = ""] = [keyOf?.(a), keyOf?.(b)];
      const less = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en");
      return (sort.down ? -less : less) || a.channel.name.localeCompare(b.channel.name, "en", { numeric: true });
    });
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
      <div className={view["head"]}>
        <Search label="Search channels" placeholder="Part of a name or place" />
      </div>
      {card !== undefined && <ChannelCard model={model} row={card} close={() => choose("")} />}
      <Panel title="Channels" aside={counted(rows.length + more, "channel")}>
        <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of channels">
          <table className={table["table"]}>
            <thead>
              <tr>
                <SortHead name="Channel" column="name" sort={sort} />
                <th scope="col">At</th>
                <SortHead name="Published/s" column="published" sort={sort} number />
                <SortHead name="Delivered/s" column="delivered" sort={sort} number />
                <SortHead name="Dropped" column="dropped" sort={sort} number />
                <SortHead name="Subscribers" column="subscribers" sort={sort} number />
                <SortHead name="Furthest behind" column="behind" sort={sort} number />
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <ChannelLine
                  key={row.channel.id}
                  model={model}
                  row={row}
                  open={row.channel.id === chosen}
                  choose={() => choose(row.channel.id === chosen ? "" : row.channel.id)}
                />
              ))}
            </tbody>
          </table>
        </div>
        {shown.length === 0 && <Nothing>None of them matches.</Nothing>}
        {more > 0 && <p className={view["more"]}>and {counted(more, "channel")} more, which are less busy</p>}
      </Panel>
    </div>
  );
}

interface ChannelLineProps {
  readonly model: ClusterModel;
  readonly row: RatedChannel;
  readonly open: boolean;
  readonly choose: () => void;
}

function ChannelLine({ model, row, open, choose }: ChannelLineProps): ReactElement {
  const { channel, at, slowest } = row;
  const href = placeHref(model, at);
  return (
    <tr>
      <th scope="row">
        <button type="button" className={table["open"]} aria-expanded={open} onClick={choose}>
          {channel.name}
        </button>
      </th>
      <td>{href === undefined ? placeName(model, at) : <Link href={href}>{placeName(model, at)}</Link>}</td>
      <td data-number>{row.published === undefined ? "" : rate(row.published)}</td>
      <td data-number>{row.delivered === undefined ? "" : rate(row.delivered)}</td>
      <td data-number data-bad={channel.dropped > 0 || undefined}>
        {count(channel.dropped)}
      </td>
      <td data-number>{count(channel.subscribers.length + (channel.more ?? 0))}</td>
      <td data-number>
        {slowest === undefined || slowest.waiting === 0
          ? "nobody"
          : `${slowest.name ?? placeName(model, slowest.to)}, ${counted(slowest.waiting ?? 0, "value")}`}
      </td>
    </tr>
  );
}
