/** Invites: make one as a link, a picture of it or a command line; who joined by which; end them. */
import type { ClusterActs, InviteList } from "@skein/runtime";
import { errorFrom } from "@skein/runtime";
import { type ReactElement, useCallback, useEffect, useState } from "react";
import { Acts } from "../../components/button.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import view from "../../components/view.module.css";
import { useUrlState } from "../../page/url-state.ts";
import { useActs } from "../../page/use-acts.ts";
import { useModel } from "../../use-cluster.ts";
import { InviteForm } from "./invite-form.tsx";
import { InviteCard } from "./invite-card.tsx";
import { InviteTable } from "./invite-table.tsx";

export function Invite(): ReactElement {
  const model = useModel();
  const { acts, why } = useActs();
  const [shown, show] = useUrlState("invite");
  const { list, error, ask } = useInvites(acts, model.invitesChanged);
  if (acts === undefined) {
    return (
      <Panel title="Invite">
        <Nothing>
          Whoever holds the cluster’s key makes invites: on its machine <code>skein invite</code> does.
        </Nothing>
        <div className={view["more"]}>
          <Acts why={why === "" ? "not connected" : why}>{undefined}</Acts>
        </div>
      </Panel>
    );
  }
  const open = list?.invites.find(({ id }) => id === shown);
  return (
    <div className={view["view"]}>
      <InviteForm
        acts={acts}
        made={(id) => {
          show(id);
          ask();
        }}
      />
      {open !== undefined && <InviteCard invite={open} close={() => show("")} />}
      {error !== undefined && (
        <Panel title="Invites">
          <Nothing>They can’t be shown: {error}</Nothing>
        </Panel>
      )}
      {list !== undefined && <InviteTable list={list} acts={acts} shown={shown} show={show} changed={ask} />}
    </div>
  );
}

interface Invites {
  readonly list: InviteList | undefined;
  readonly error: string | undefined;
  /** Asks for them again. */
  readonly ask: () => void;
}

/** The invites, asked for again whenever they have changed. */
function useInvites(acts: ClusterActs | undefined, changed: number): Invites {
  const [answer, setAnswer] = useState<Answer>({ of: "", list: undefined, error: undefined });
  const [asked, setAsked] = useState(0);
  const of = `${changed} ${asked}`;
  useEffect(() => {
    if (acts === undefined) return undefined;
    let here = true;
    const load = async (): Promise<void> => {
      try {
        const list = await acts.invites();
        if (here) setAnswer({ of, list, error: undefined });
      } catch (thrown) {
        if (here) setAnswer({ of, list: undefined, error: errorFrom(thrown).message });
      }
    };
    void load();
    return () => {
      here = false;
    };
  }, [acts, of]);
  const ask = useCallback(() => setAsked((times) => times + 1), []);
  return { ...answer, ask };
}

/** What came of the last question, and which one it was. */
interface Answer {
  readonly of: string;
  readonly list: InviteList | undefined;
  readonly error: string | undefined;
}
