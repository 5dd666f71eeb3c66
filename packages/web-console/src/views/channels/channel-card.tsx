/** One channel: its numbers, and its subscribers, each of which can be taken off it. */
import type { SubscriberInfo } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Facts } from "../../components/facts.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { count, counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeHref, placeName } from "../../model/places.ts";
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
        <div className={table["scroll"]} tabIndex={0} role="region" aria-label={`Subscribers of ${channel.name}`}>
          <table className={table["table"]}>
            <thead>
              <tr>
                <th scope="col">Subscriber</th>
                <th scope="col">Where</th>
                <th scope="col" data-number>
                  Behind
                </th>
                <th scope="col" data-number>
                  Dropped
                </th>
                <th scope="col">
                  <span className="visually-hidden">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {subscribers.map((one) => (
                <tr key={one.id}>
                  <th scope="row">
                    <SubscriberName one={one} /> <span className={table["quiet"]}>{KINDS[one.kind]}</span>
                  </th>
                  <td>
                    <Where model={model} one={one} />
                  </td>
                  <td data-number>{one.waiting === undefined ? "not told" : counted(one.waiting, "value")}</td>
                  <td data-number data-bad={one.dropped > 0 || undefined}>
                    {count(one.dropped)}
                  </td>
                  <td data-number>
                    {acts !== undefined && (
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
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
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

function SubscriberName({ one }: { readonly one: SubscriberInfo }): ReactElement {
  const name = one.name ?? one.id;
  if (one.kind === "task" && one.id.startsWith("t_")) return <Link href={`/tasks/${one.id}`}>{name}</Link>;
  return <>{name}</>;
}

function Where({ model, one }: { readonly model: ClusterModel; readonly one: SubscriberInfo }): ReactElement {
  const href = placeHref(model, one.to);
  const name = placeName(model, one.to);
  return href === undefined ? <>{name}</> : <Link href={href}>{name}</Link>;
}
