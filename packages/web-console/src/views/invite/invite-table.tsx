/** The invites that were made: what each is good for, and who joined by it. */
import type { ClusterActs, InviteInfo, InviteJoined, InviteList } from "@skein/runtime";
import type { ReactElement } from "react";
import { ActButton } from "../../components/button.tsx";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { count, counted, shortId, timeOfDay } from "../../format.ts";
import { perform } from "../../page/use-acts.ts";
import styles from "./invite.module.css";

const STATES: Readonly<Record<InviteInfo["state"], readonly [GlyphName, string]>> = {
  open: ["ready", "open"],
  used: ["done", "used up"],
  expired: ["closed", "expired"],
  ended: ["cancelled", "revoked"],
};

export interface InviteTableProps {
  readonly list: InviteList;
  readonly acts: ClusterActs;
  /** The id of the one that is open. */
  readonly shown: string;
  readonly show: (id: string) => void;
  readonly changed: () => void;
}

export function InviteTable(props: InviteTableProps): ReactElement {
  const { list } = props;
  if (list.invites.length === 0) {
    return (
      <Panel title="Invites">
        <Nothing>None was made yet.</Nothing>
      </Panel>
    );
  }
  return (
    <Panel title="Invites" aside={counted(list.invites.length + list.more, "invite")}>
      <Table label="Table of invites" columns={columnsOf(props)} rows={list.invites} rowKey={({ id }) => id} />
      {list.more > 0 && <p className={view["more"]}>and {counted(list.more, "older invite")}</p>}
    </Panel>
  );
}

function columnsOf(props: InviteTableProps): readonly Column<InviteInfo>[] {
  return [
    {
      name: "For",
      long: "wrap",
      sort: ["for", ({ roles }) => roles.join(", ")],
      cell: ({ roles, about }) => (
        <>
          {roles.join(", ")}
          {about !== undefined && <span className={table["quiet"]}> {about}</span>}
        </>
      ),
    },
    {
      name: "State",
      sort: ["state", ({ state }) => state],
      cell: ({ state }) => (
        <>
          <Glyph name={STATES[state][0]} /> {STATES[state][1]}
        </>
      ),
    },
    {
      name: "Used",
      number: true,
      sort: ["used", ({ joined, more = 0 }) => joined.length + more],
      cell: ({ joined, more = 0, uses }) => `${count(joined.length + more)} of ${count(uses)}`,
    },
    {
      name: "Good until",
      sort: ["until", ({ expiresMs }) => expiresMs],
      cell: ({ expiresMs }) => new Date(expiresMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }),
    },
    {
      name: "Who joined by it",
      cell: ({ joined, more }) => (
        <>
          {joined.length === 0 && <span className={table["quiet"]}>nobody yet</span>}
          <ul className={styles["joined"]}>
            {joined.map((one) => (
              <Joined key={one.peer} one={one} acts={props.acts} changed={props.changed} />
            ))}
          </ul>
          {more !== undefined && <span className={table["quiet"]}>and {count(more)} more</span>}
        </>
      ),
    },
    { name: "Acts", acts: true, number: true, cell: (invite) => <InviteActs invite={invite} {...props} /> },
  ];
}

interface InviteActsProps extends InviteTableProps {
  readonly invite: InviteInfo;
}

function InviteActs({ invite, acts, shown, show, changed }: InviteActsProps): ReactElement {
  const open = invite.id === shown;
  const name = `the invite for ${invite.roles.join(" and ")}`;
  return (
    <div className={styles["acts"]}>
      {invite.text !== undefined && (
        <ActButton
          label={open ? `Hide ${name}` : `Show ${name}`}
          act={async () => {
            show(open ? "" : invite.id);
          }}
        >
          {open ? "Hide" : "Show"}
        </ActButton>
      )}
      {invite.state !== "ended" && (
        <ActButton
          danger
          label={`Revoke ${name}`}
          question={{
            title: `Revoke ${name}?`,
            effect: `Nobody joins by it any more, and ${whoLeaves(invite)} sent away for good.`,
            verb: "Revoke invite",
          }}
          act={async () => {
            await perform("The invite is revoked.", () => acts.revoke(invite.id));
            changed();
          }}
        >
          Revoke
        </ActButton>
      )}
    </div>
  );
}

function whoLeaves({ joined, more = 0 }: InviteInfo): string {
  const all = joined.length + more;
  return all === 0
    ? "nobody has yet: nobody is"
    : all === 1
      ? "the one that joined by it is"
      : `all ${all} that joined by it are`;
}

interface JoinedProps {
  readonly one: InviteJoined;
  readonly acts: ClusterActs;
  readonly changed: () => void;
}

function Joined({ one, acts, changed }: JoinedProps): ReactElement {
  const name = one.name ?? shortId(one.peer);
  return (
    <li className={styles["one"]}>
      <span title={one.peer}>{name}</span>
      <span className={table["quiet"]}>
        {one.out === true ? "revoked" : one.name === undefined ? "away" : "here"}, since {timeOfDay(one.joinedMs)}
      </span>
      {one.out !== true && (
        <ActButton
          danger
          label={`Revoke ${name}`}
          question={{
            title: `Revoke ${name}?`,
            effect:
              "It is sent away for good, with all who joined by invites of its own. It can’t come back with the same key.",
            verb: `Revoke ${name}`,
          }}
          act={async () => {
            await perform(`${name} is revoked.`, () => acts.revoke(one.peer));
            changed();
          }}
        >
          Revoke
        </ActButton>
      )}
    </li>
  );
}
