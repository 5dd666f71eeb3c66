/** The first page: how the cluster is, on one screen. */
import type { ReactElement } from "react";
import { Nothing, Panel } from "../../components/panel.tsx";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import type { Connection } from "../../model/cluster-model.ts";
import { clusterNow } from "../../model/select.ts";
import { useModel } from "../../use-cluster.ts";
import { Jobs } from "./jobs.tsx";
import { Meters } from "./meters.tsx";
import { Nodes } from "./nodes.tsx";
import styles from "./overview.module.css";
import { Servers } from "./servers.tsx";
import { Troubles } from "./troubles.tsx";
import { Verdict } from "./verdict.tsx";

export function Overview(): ReactElement {
  const model = useModel();
  const nowMs = useNow();
  if (model.epoch === undefined) return <BeforeFirstNews phase={model.connection.phase} />;
  return (
    <div className={view["view"]}>
      <Verdict model={model} now={clusterNow(model, nowMs)} />
      <Meters model={model} nowMs={nowMs} />
      <Jobs model={model} nowMs={nowMs} />
      <Servers model={model} nowMs={nowMs} />
      <div className={styles["pair"]}>
        <Nodes model={model} />
        <Troubles model={model} />
      </div>
    </div>
  );
}

/** Zeros would be untrue: nothing is known yet. */
function BeforeFirstNews({ phase }: { readonly phase: Connection["phase"] }): ReactElement {
  return (
    <Panel title={phase === "connecting" ? "Joining the cluster" : "Nothing to show yet"}>
      <Nothing>
        {phase === "connecting"
          ? "This page joins as a peer; that takes a moment."
          : "As soon as the cluster can be reached, it appears here."}
      </Nothing>
    </Panel>
  );
}
