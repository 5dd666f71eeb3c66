/** What an invite is to be: for whom, how many, how long. */
import { type ClusterActs, DAY_MS, HOUR_MS, MINUTE_MS, type Role } from "@skein/runtime";
import { type ReactElement, useId, useState } from "react";
import { ActButton } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Panel } from "../../components/panel.tsx";
import { useUrlState } from "../../page/url-state.ts";
import { perform } from "../../page/use-acts.ts";
import styles from "./invite.module.css";

/** Whom an invite can be for, and what it lets them do. */
const FOR: Readonly<Record<string, { readonly roles: readonly Role[]; readonly name: string; readonly may: string }>> =
  {
    tab: { roles: ["tab"], name: "Browser tabs", may: "A tab lends its machine: it runs tasks and sees nothing else." },
    node: { roles: ["node"], name: "Machines", may: "A node runs tasks of every job, with their code and data." },
    client: { roles: ["client"], name: "Programs", may: "A client runs jobs on the whole cluster, and sees its own." },
    viewer: {
      roles: ["viewer"],
      name: "Onlookers",
      may: "A viewer sees the cluster at work, without arguments and logs.",
    },
    operator: {
      roles: ["operator", "viewer"],
      name: "Operators",
      may: "An operator sees everything and may stop and revoke everything.",
    },
  };

const LENGTHS: readonly (readonly [name: string, ms: number])[] = [
  ["10 minutes", 10 * MINUTE_MS],
  ["an hour", HOUR_MS],
  ["a day", DAY_MS],
  ["a week", 7 * DAY_MS],
];

const USES_LIMIT = 1000;

export interface InviteFormProps {
  readonly acts: ClusterActs;
  readonly made: (id: string) => void;
}

export function InviteForm({ acts, made }: InviteFormProps): ReactElement {
  const [who, setWho] = useUrlState("for", "tab");
  const [uses, setUses] = useState("1");
  const [forMs, setForMs] = useState(String(DAY_MS));
  const [about, setAbout] = useState("");
  const ids = [useId(), useId(), useId(), useId()];
  const meant = FOR[who] ?? FOR["tab"];
  const times = Number(uses);
  const isWhole = Number.isInteger(times) && times >= 1 && times <= USES_LIMIT;
  const make = async (): Promise<void> => {
    if (meant === undefined) return;
    const request = { roles: meant.roles, uses: times, forMs: Number(forMs), ...(about === "" ? {} : { about }) };
    await perform("The invite is made.", async () => made((await acts.invite(request)).id));
  };
  return (
    <Panel title="A new invite">
      <form className={styles["form"]} onSubmit={(event) => event.preventDefault()}>
        <p>
          <label htmlFor={ids[0]}>For</label>
          <select
            className={button["field"]}
            id={ids[0]}
            value={who}
            onChange={({ currentTarget }) => setWho(currentTarget.value)}
          >
            {Object.entries(FOR).map(([key, { name }]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </p>
        <p>
          <label htmlFor={ids[1]}>How many may join</label>
          <input
            className={button["field"]}
            id={ids[1]}
            type="number"
            min={1}
            max={USES_LIMIT}
            value={uses}
            onInput={({ currentTarget }) => setUses(currentTarget.value)}
          />
        </p>
        <p>
          <label htmlFor={ids[2]}>Good for</label>
          <select
            className={button["field"]}
            id={ids[2]}
            value={forMs}
            onChange={({ currentTarget }) => setForMs(currentTarget.value)}
          >
            {LENGTHS.map(([name, ms]) => (
              <option key={ms} value={String(ms)}>
                {name}
              </option>
            ))}
          </select>
        </p>
        <p className={styles["about"]}>
          <label htmlFor={ids[3]}>What for (those who join see it)</label>
          <input
            className={button["field"]}
            id={ids[3]}
            maxLength={200}
            value={about}
            autoComplete="off"
            onInput={({ currentTarget }) => setAbout(currentTarget.value)}
          />
        </p>
        <p>
          <ActButton disabled={!isWhole} act={make}>
            Create
          </ActButton>
        </p>
        <p className={styles["may"]}>{meant?.may}</p>
      </form>
    </Panel>
  );
}
