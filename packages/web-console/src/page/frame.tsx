/** What is around every page: the name, the way to the others, how the cluster stands, and the theme. */
import { type ReactElement, useEffect } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { ConnectionBanner, ConnectionWord } from "../components/connection.tsx";
import { Nothing, Panel } from "../components/panel.tsx";
import { counted, timeOfDay } from "../format.ts";
import type { ClusterModel } from "../model/cluster-model.ts";
import { pageTime, serverTotals } from "../model/select.ts";
import { useModel } from "../use-cluster.ts";
import { VIEWS } from "../views/views.ts";
import styles from "./frame.module.css";
import { ThemeButton } from "./theme.tsx";
import { useKeys } from "./use-keys.ts";

export function Frame(): ReactElement {
  const model = useModel();
  const [path] = useLocation();
  useKeys(VIEWS);
  const title = titleOf(model);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <a className={styles["skip"]} href="#content">
        To the content
      </a>
      <header className={styles["header"]}>
        <Link href="/" className={styles["name"]}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 10c6 0 6 12 12 12s6-12 12-12" />
            <path d="M4 22c6 0 6-12 12-12s6 12 12 12" />
          </svg>
          skein
        </Link>
        <nav aria-label="Pages">
          {VIEWS.map((view) => (
            <Link key={view.path} href={view.path} aria-current={view.path === path ? "page" : undefined}>
              {view.name}
            </Link>
          ))}
        </nav>
        <div className={styles["right"]}>
          <ConnectionWord connection={model.connection} />
          <ThemeButton />
        </div>
      </header>
      <ConnectionBanner model={model} />
      {model.restartedMs !== undefined && (
        <p className={styles["note"]}>
          The cluster was restarted at {timeOfDay(pageTime(model, model.restartedMs))}: this page shows what has been
          since.
        </p>
      )}
      {model.missedEvents > 0 && (
        <p className={styles["note"]}>
          {counted(model.missedEvents, "event")} came and went before this page could ask for them.
        </p>
      )}
      <main id="content" className={styles["main"]} data-stale={model.connection.phase === "ended" || undefined}>
        <h1 className="visually-hidden">{VIEWS.find((view) => view.path === path)?.name ?? "Not found"}</h1>
        <Switch>
          {VIEWS.map((view) => (
            <Route key={view.path} path={view.path} component={view.page} />
          ))}
          <Route>
            <Panel title="There is no such page">
              <Nothing>
                <Link href="/">Back to the overview</Link>
              </Nothing>
            </Panel>
          </Route>
        </Switch>
      </main>
    </>
  );
}

/** Seen in the tab's name while another tab is in front. */
function titleOf(model: ClusterModel): string {
  if (model.connection.phase === "ended") return "ended · skein";
  const { busy, all } = serverTotals(model);
  return all === 0 ? "skein" : `${busy}/${all} busy · skein`;
}
