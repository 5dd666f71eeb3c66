/** One channel: its numbers, and its subscribers, each of which can be taken off it. */
import type { ClusterActs, SubscriberInfo } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Facts } from "../../components/facts.tsx";
import { badColumn } from "../../components/number-column.ts";
import { Nothing, Panel } from "../../components/panel.tsx";
import { PlaceLink } from "../../components/place-link.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { count, counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeName } from "../../model/places.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import type { RatedChannel } from "./channels.tsx";

const KINDS = { task: "task", channel: "channel", reader: "reader" } as const;

export interface ChannelCardProps {
  readonly model: ClusterModel;
  readonly row: RatedChannel;
  readonly close: () => void;
}

export function ChannelCard({ model, row, close }: ChannelCardProps): ReactElement {
  const { channel, at, subscribers } = row;
  const { acts, why } = useActs();
  return (
    <Panel
      title={channel.name}
      aside={
        <button type="button" className={button["button"]} aria-label={`Close ${channel.name}`} onClick={close}>
          Close
        </button>
      }
    >
      <Facts
        facts={[
          ["At", placeName(model, at)],
          ["Published", counted(channel.published, "value")],
          ["Delivered", `${count(channel.delivered)}, each subscriber counted`],
          ["Dropped", count(channel.dropped)],
          ["Id", <code key="id">{channel.id}</code>, "wide"],
        ]}
      />
      {subscribers.length === 0 ? (
        <Nothing>Nobody subscribes to it now.</Nothing>
      ) : (
        <Table
          label={`Subscribers of ${channel.name}`}
          columns={columnsOf(model, row, acts)}
          rows={subscribers}
          rowKey={({ id }) => id}
          sortName="subscribers"
        />
      )}
      {channel.more !== undefined && <p className={view["more"]}>and {counted(channel.more, "subscriber")} more</p>}
      {acts === undefined && (
        <div className={view["more"]}>
          <Acts why={why}>{undefined}</Acts>
        </div>
      )}
    </Panel>
  );
}

function columnsOf(
  model: ClusterModel,
  { channel, at }: RatedChannel,
  acts: ClusterActs | undefined,
): readonly Column<SubscriberInfo>[] {
  return [
    {
      name: "Subscriber",
      sort: ["name", (one) => one.name ?? one.id],
      cell: (one) => (
        <>
          <SubscriberName one={one} /> <span className={table["quiet"]}>{KINDS[one.kind]}</span>
        </>
      ),
    },
    { name: "Where", cell: ({ to }) => <PlaceLink model={model} at={to} /> },
    {
      name: "Behind",
      number: true,
      sort: ["behind", ({ waiting = -1 }) => waiting],
      cell: ({ waiting }) => (waiting === undefined ? "not told" : counted(waiting, "value")),
    },
    badColumn("Dropped", "dropped", ({ dropped }) => dropped),
    {
      name: "Acts",
      number: true,
      acts: true,
      cell: (one) =>
        acts !== undefined && (
          <ActButton
            danger
            label={`Unsubscribe ${one.name ?? one.id} from ${channel.name}`}
            question={{
              title: `Unsubscribe ${one.name ?? "this subscriber"}?`,
              effect: `It gets nothing more of ${channel.name}. Its task is not told; it may subscribe again.`,
              verb: "Unsubscribe",
            }}
            act={() =>
              perform(`${one.name ?? "The subscriber"} gets nothing more of ${channel.name}.`, () =>
                acts.unsubscribe(at, channel.id, one.id),
              )
            }
          >
            Unsubscribe
          </ActButton>
        ),
    },
  ];
}

function SubscriberName({ one }: { readonly one: SubscriberInfo }): ReactElement {
  const name = one.name ?? one.id;
  if (one.kind === "task" && one.id.startsWith("t_")) return <Link href={`/tasks/${one.id}`}>{name}</Link>;
  return <>{name}</>;
}
