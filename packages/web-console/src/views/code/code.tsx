/** The code in the cluster: bundles by digest and where they are loaded, functions that run, services that are offered. */
import type { ReactElement } from "react";
import { numberColumn } from "../../components/number-column.ts";
import { Nothing, Panel } from "../../components/panel.tsx";
import { PlaceLink } from "../../components/place-link.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import { useNow } from "../../components/use-now.ts";
import { useRates } from "../../components/use-rates.ts";
import view from "../../components/view.module.css";
import { bytes, counted, rate } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { type BundleRow, type CodeRows, codeRows, type ServiceRow } from "../../model/code.ts";
import { placeName } from "../../model/places.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import { RunningFunctions } from "./running-functions.tsx";

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
      <Table
        label="Table of bundles"
        columns={bundleColumns(model)}
        rows={code.bundles}
        rowKey={({ digest }) => digest}
        sortName="bundles"
      />
    </Panel>
  );
}

function bundleColumns(model: ClusterModel): readonly Column<BundleRow>[] {
  return [
    {
      name: "Bundle",
      sort: ["name", ({ name = "", digest }) => `${fileName(name)} ${digest}`],
      cell: ({ name, digest }) => (
        <>
          {name !== undefined && <>{fileName(name)} </>}
          <code className={table["quiet"]} title={digest}>
            {digest.slice(0, 12)}
          </code>
        </>
      ),
    },
    numberColumn("Size", "size", (bundle) => bundle.bytes, bytes),
    { name: "Exports", long: "wrap", cell: (bundle) => someOf(bundle.exports, EXPORTS_SHOWN) },
    {
      name: "Jobs",
      long: "wrap",
      cell: ({ jobs }) =>
        someOf(
          jobs.map((job) => model.jobs.get(job)?.name ?? job),
          EXPORTS_SHOWN,
        ),
    },
    {
      name: "Loaded by",
      long: "wrap",
      bad: ({ servers }) => servers.some(({ state }) => state === "failed"),
      cell: ({ servers }) =>
        someOf(
          servers.map(({ at, state }) =>
            state === "loaded" ? placeName(model, at) : `${placeName(model, at)} (${state})`,
          ),
          PLACES_SHOWN,
        ),
    },
    {
      name: "Kept at",
      long: "wrap",
      cell: ({ keptBy, madeBy }) =>
        someOf(
          [...keptBy, ...madeBy].map((at) => placeName(model, at)),
          PLACES_SHOWN,
        ),
    },
  ];
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
  const rated: readonly RatedService[] = code.services.map((row) => ({
    ...row,
    perSecond: rates.take(row.service.id, row.timeMs, row.service.calls, nowMs),
  }));
  return (
    <Panel title="Services" aside={counted(code.services.length, "service")}>
      <Table
        label="Table of services"
        columns={serviceColumns(model)}
        rows={rated}
        rowKey={({ service, at }) => `${service.id} ${at.peer} ${at.server}`}
        sort="name"
        sortName="services"
      />
    </Panel>
  );
}

interface RatedService extends ServiceRow {
  readonly perSecond: number | undefined;
}

function serviceColumns(model: ClusterModel): readonly Column<RatedService>[] {
  return [
    {
      name: "Service",
      long: "wrap",
      sort: ["name", ({ service }) => service.name],
      cell: ({ service }) => service.name,
    },
    {
      name: "At",
      sort: ["at", ({ at }) => placeName(model, at)],
      cell: ({ at }) => <PlaceLink model={model} at={at} />,
    },
    {
      name: "Who may call",
      long: "wrap",
      cell: ({ service }) => (service.who === undefined ? "every member but tabs and viewers" : service.who.join(", ")),
    },
    numberColumn("Calls", "calls", ({ service }) => service.calls),
    numberColumn("Calls/s", "rate", ({ perSecond }) => perSecond, rate),
    numberColumn("Running", "running", ({ service }) => service.running),
  ];
}

/** The first few, and how many more there are. */
function someOf(words: readonly string[], most: number): string {
  const shown = words.slice(0, most).join(", ");
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** Of a path the part that tells files apart. */
const fileName = (name: string): string => name.split(/[/\\]/).at(-1) ?? name;
