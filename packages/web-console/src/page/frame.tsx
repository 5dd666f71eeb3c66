/** What is around every page: the name, the way to the others, how the cluster stands, and the theme. */
import { lazy, type ReactElement, Suspense, useCallback, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { Confirm } from "../components/confirm.tsx";
import { ConnectionBanner, ConnectionWord } from "../components/connection.tsx";
import { ErrorBoundary } from "../components/error-boundary.tsx";
import { KeysHelp } from "../components/keys-help.tsx";
import { Notices } from "../components/notices.tsx";
import { Nothing, Panel } from "../components/panel.tsx";
import { counted, timeOfDay } from "../format.ts";
import type { ClusterModel } from "../model/cluster-model.ts";
import { pageTime, standsStill } from "../model/select.ts";
import { useModel } from "../use-cluster.ts";
import { VIEWS } from "../views/views.ts";
import styles from "./frame.module.css";
import { Navigation, viewAt } from "./navigation.tsx";
import { keepTitle, titleOf } from "./page-title.ts";
import { useReplay } from "./replaying.ts";
import { ThemeButton } from "./theme.tsx";
import { roleWord } from "./use-acts.ts";
import { useKeys } from "./use-keys.ts";

const ReplayBar = lazy(async () => ({ default: (await import("../views/record/replay-bar.tsx")).ReplayBar }));

export function Frame(): ReactElement {
  const model = useModel();
  const [path] = useLocation();
  const keys = useRef<HTMLDialogElement>(null);
  useKeys(
    VIEWS,
    useCallback(() => keys.current?.showModal(), []),
  );
  const name = viewAt(path)?.name;
  const title = titleOf(model, name);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => keepTitle(model, name), [model, name]);
  const role = roleWord(model.access);
  const replay = useReplay();
  return (
    <>
      <a className={styles["skip"]} href="#content">
        To the content
      </a>
      <header className={styles["header"]}>
        <button type="button" className={styles["menu"]} popoverTarget="views" aria-label="Views">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2 4h12M2 8h12M2 12h12" />
          </svg>
        </button>
        <Link href="/" className={styles["name"]} aria-label="skein">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 10c6 0 6 12 12 12s6-12 12-12" />
            <path d="M4 22c6 0 6-12 12-12s6 12 12 12" />
          </svg>
          <span className={styles["word"]}>skein</span>
        </Link>
        <span className={styles["here"]} aria-hidden="true">
          {name}
        </span>
        <div className={styles["right"]}>
          {role !== undefined && (
            <span className={styles["role"]} title={ROLE_TITLES[role]}>
              {role}
            </span>
          )}
          <ConnectionWord connection={model.connection} />
          <ThemeButton />
        </div>
      </header>
      <div className={styles["body"]}>
        <Navigation path={path} />
        <div className={styles["column"]}>
          {replay !== undefined && (
            <Suspense>
              <ReplayBar key={replay.name} replay={replay} />
            </Suspense>
          )}
          {replay === undefined && model.connection.phase === "recorded" && (
            <p className={styles["note"]}>
              This console has no cluster. Open a recording at <Link href="/record">Record</Link>, or reload the page to
              see the first one again.
            </p>
          )}
          <ConnectionBanner model={model} />
          <News model={model} />
          <main id="content" className={styles["main"]} data-path={path} data-stale={standsStill(model) || undefined}>
            <h1 className="visually-hidden">{name ?? "Not found"}</h1>
            <ErrorBoundary key={path}>
              <Suspense fallback={<p className={styles["loading"]}>Loading…</p>}>
                <Pages />
              </Suspense>
            </ErrorBoundary>
          </main>
        </div>
      </div>
      <Confirm />
      <KeysHelp dialog={keys} />
      <Notices />
    </>
  );
}

const ROLE_TITLES = {
  operator: "This page may do everything in the cluster",
  client: "This page may act on its own jobs",
  viewer: "This page looks and does not act",
} as const;

function Pages(): ReactElement {
  return (
    <Switch>
      {VIEWS.flatMap((view) =>
        [view, ...(view.below ?? [])].map(({ path, page }) => <Route key={path} path={path} component={page} />),
      )}
      <Route>
        <Panel title="There is no such page">
          <Nothing>
            <Link href="/">Back to the overview</Link>
          </Nothing>
        </Panel>
      </Route>
    </Switch>
  );
}

/** What is to be known on every page. */
function News({ model }: { readonly model: ClusterModel }): ReactElement {
  return (
    <>
      {model.intakePaused && (
        <p className={styles["note"]}>
          <strong>The cluster begins nothing.</strong> Jobs wait until its intake is resumed.
        </p>
      )}
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
    </>
  );
}
