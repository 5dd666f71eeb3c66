/** The code in the cluster: bundles by digest and where they are loaded, functions that run, services that are offered. */
import type { ReactElement } from "react";
import { Nothing, Panel } from "../../components/panel.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import { useRates } from "../../components/use-rates.ts";
import view from "../../components/view.module.css";
import { bytes, count, counted, rate } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { type BundleRow, type CodeRows, codeRows } from "../../model/code.ts";
import { placeName } from "../../model/places.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { RunningFunctions } from "./running-functions.tsx";
import styles from "./code.module.css";

const PLACES_SHOWN = 6;
const EXPORTS_SHOWN = 8;

export function Code(): ReactElement {
  const model = useModel();
  useTopics("code");
  const code = codeRows(model);
  return (
    <div className={view["view"]}>
      <RunningFunctions model={model} bundles={code.bundles} />
      <Bundles model={model} code={code} />
      <Services model={model} code={code} />
    </div>
  );
}

interface CodeProps {
  readonly model: ClusterModel;
  readonly code: CodeRows;
}

function Bundles({ model, code }: CodeProps): ReactElement {
  if (code.bundles.length === 0) {
    return (
      <Panel title="Bundles">
        <Nothing>None. The functions of a job’s own modules are shipped when the job begins, and appear here.</Nothing>
      </Panel>
    );
  }
  return (
    <Panel title="Bundles" aside={counted(code.bundles.length + code.more, "bundle")}>
      <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of bundles">
        <table className={table["table"]}>
          <thead>
            <tr>
              <th scope="col">Bundle</th>
              <th scope="col" data-number>
                Size
              </th>
              <th scope="col">Exports</th>
              <th scope="col">Jobs</th>
              <th scope="col">Loaded by</th>
              <th scope="col">Kept at</th>
            </tr>
          </thead>
          <tbody>
            {code.bundles.map((bundle) => (
              <tr key={bundle.digest}>
                <th scope="row">
                  {bundle.name !== undefined && <>{fileName(bundle.name)} </>}
                  <code className={table["quiet"]} title={bundle.digest}>
                    {bundle.digest.slice(0, 12)}
                  </code>
                </th>
                <td data-number>{bundle.bytes === undefined ? "" : bytes(bundle.bytes)}</td>
                <td className={styles["wrapped"]}>{someOf(bundle.exports, EXPORTS_SHOWN)}</td>
                <td>
                  {someOf(
                    bundle.jobs.map((job) => model.jobs.get(job)?.name ?? job),
                    EXPORTS_SHOWN,
                  )}
                </td>
                <td className={styles["wrapped"]}>
                  <Loaded model={model} bundle={bundle} />
                </td>
                <td className={styles["wrapped"]}>
                  {someOf(
                    [...bundle.keptBy, ...bundle.madeBy].map((at) => placeName(model, at)),
                    PLACES_SHOWN,
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Loaded({ model, bundle }: { readonly model: ClusterModel; readonly bundle: BundleRow }): ReactElement {
  const { servers } = bundle;
  const names = servers.map(({ at, state }) =>
    state === "loaded" ? placeName(model, at) : `${placeName(model, at)} (${state})`,
  );
  return (
    <span data-bad={servers.some(({ state }) => state === "failed") || undefined}>{someOf(names, PLACES_SHOWN)}</span>
  );
}

function Services({ model, code }: CodeProps): ReactElement {
  const nowMs = useNow();
  const rates = useRates();
  if (code.services.length === 0) {
    return (
      <Panel title="Services">
        <Nothing>None is offered. A task or program that offers one appears here with its calls.</Nothing>
      </Panel>
    );
  }
  return (
    <Panel title="Services" aside={counted(code.services.length, "service")}>
      <div className={table["scroll"]} tabIndex={0} role="region" aria-label="Table of services">
        <table className={table["table"]}>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">At</th>
              <th scope="col">Who may call</th>
              <th scope="col" data-number>
                Calls
              </th>
              <th scope="col" data-number>
                Calls/s
              </th>
              <th scope="col" data-number>
                Running
              </th>
            </tr>
          </thead>
          <tbody>
            {code.services.map(({ service, at, timeMs }) => {
              const perSecond = rates.take(service.id, timeMs, service.calls, nowMs);
              return (
                <tr key={service.id}>
                  <th scope="row">{service.name}</th>
                  <td>{placeName(model, at)}</td>
                  <td>{service.who === undefined ? "every member but tabs" : service.who.join(", ")}</td>
                  <td data-number>{count(service.calls)}</td>
                  <td data-number>{perSecond === undefined ? "" : rate(perSecond)}</td>
                  <td data-number>{count(service.running)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** The first few, and how many more there are. */
function someOf(words: readonly string[], most: number): string {
  const shown = words.slice(0, most).join(", ");
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** Of a path the part that tells files apart. */
const fileName = (name: string): string => name.split(/[/\\]/).at(-1) ?? name;
