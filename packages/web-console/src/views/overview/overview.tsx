/** The first page: how the cluster is, on one screen. */
import { type ReactElement } from "react";
import { useModel } from "../../use-cluster.ts";
import { useNow } from "../../components/use-now.ts";
import { Jobs } from "./jobs.tsx";
import { Meters } from "./meters.tsx";
import { Nodes } from "./nodes.tsx";
import styles from "./overview.module.css";
import { Servers } from "./servers.tsx";
import { Troubles } from "./troubles.tsx";

export function Overview(): ReactElement {
  const model = useModel();
  const nowMs = useNow();
  return (
    <div className={styles["overview"]}>
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
