/** A lane per server: what it runs, and the last minute as rectangles coloured by function. */
import { type ReactElement, useEffect, useState } from "react";
import { Glyph } from "../../components/glyph.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import { ServerLink } from "../../components/place-link.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { functionColour } from "../../draw/colours.ts";
import { drawFrames } from "../../draw/frames.ts";
import { drawLanes, LANE_MS } from "../../draw/lanes.ts";
import { count, counted } from "../../format.ts";
import type { ClusterModel, ServerRow } from "../../model/cluster-model.ts";
import {
  busyShare,
  clusterNow,
  doneOf,
  failedOf,
  isBusy,
  runningOf,
  runsNow,
  serversInOrder,
} from "../../model/select.ts";
import styles from "./servers.module.css";

/** More lanes than this are named by number; the page of nodes and servers lists all. */
const LANES_SHOWN = 64;
const FUNCTIONS_SHOWN = 8;

export function Servers({ model, nowMs }: { readonly model: ClusterModel; readonly nowMs: number }): ReactElement {
  const servers = serversInOrder(model);
  const shown = servers.slice(0, LANES_SHOWN);
  const [canvases] = useState(() => new Map<string, HTMLCanvasElement>());
  useEffect(() => drawFrames((frameMs) => drawLanes(model, canvases, frameMs)), [model, canvases]);
  if (servers.length === 0) {
    return (
      <Panel title="Servers">
        <Nothing>Each machine brings a server for every core. None has joined.</Nothing>
      </Panel>
    );
  }
  const now = clusterNow(model, nowMs);
  return (
    <Panel title="Servers" aside={<Functions model={model} />}>
      <div className={table["scroll"]}>
        <table className={`${table["table"]} ${styles["table"]}`}>
          <thead>
            <tr>
              <th scope="col">Server</th>
              <th scope="col">Runs now</th>
              <th scope="col" className={styles["laneHead"]}>
                <span>last minute</span>
                <span>now</span>
              </th>
              <th scope="col" data-number>
                Busy
              </th>
              <th scope="col" data-number>
                Done
              </th>
              <th scope="col" data-number>
                Failed
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((server) => (
              <Lane key={server.id} model={model} server={server} now={now} canvases={canvases} />
            ))}
          </tbody>
        </table>
      </div>
      {servers.length > shown.length && <Nothing>and {counted(servers.length - shown.length, "more server")}</Nothing>}
    </Panel>
  );
}

interface LaneProps {
  readonly model: ClusterModel;
  readonly server: ServerRow;
  readonly now: number;
  readonly canvases: Map<string, HTMLCanvasElement>;
}

function Lane({ model, server, now, canvases }: LaneProps): ReactElement {
  const fn = runsNow(model, server);
  const share = Math.round(busyShare(server, now, LANE_MS / 1000) * 100);
  const failed = failedOf(server);
  return (
    <tr>
      <th scope="row">
        <ServerLink model={model} server={server} />
      </th>
      <td className={styles["now"]}>
        <ServerState
          server={server}
          busy={isBusy(model, server)}
          fn={fn}
          holder={server.job === undefined ? undefined : model.jobs.get(server.job)?.name}
        />
      </td>
      <td className={styles["lane"]}>
        <canvas
          role="img"
          aria-label={`${share} % busy in the last minute`}
          ref={(canvas) => {
            if (canvas === null) return undefined;
            canvases.set(server.id, canvas);
            return () => void canvases.delete(server.id);
          }}
        />
      </td>
      <td data-number>{share} %</td>
      <td data-number>{count(doneOf(server))}</td>
      <td data-number data-bad={failed > 0 || undefined}>
        {count(failed)}
        <span className={styles["word"]}> failed</span>
      </td>
    </tr>
  );
}

interface ServerStateProps {
  readonly server: ServerRow;
  readonly busy: boolean;
  readonly fn: string | undefined;
  /** Name of the job that holds it. */
  readonly holder: string | undefined;
}

function ServerState({ server, busy, fn, holder }: ServerStateProps): ReactElement {
  if (server.state === "lost") {
    return (
      <>
        <Glyph name="lost" /> lost
      </>
    );
  }
  if (!busy) {
    return (
      <>
        <Glyph name="idle" />{" "}
        <span className={table["quiet"]}>{holder === undefined ? "idle" : `idle, held by ${holder}`}</span>
      </>
    );
  }
  return (
    <>
      <Glyph name="running" /> {fn ?? "running"}
      {runningOf(server) > 1 && <span className={table["quiet"]}> and {count(runningOf(server) - 1)} more</span>}
    </>
  );
}

/** What the colours mean: the functions that ran most. */
function Functions({ model }: { readonly model: ClusterModel }): ReactElement {
  const most = model.functionList.toSorted((a, b) => b.done + b.failed - a.done - a.failed).slice(0, FUNCTIONS_SHOWN);
  return (
    <ul className={styles["functions"]} aria-label="Functions">
      {most.map((fn) => (
        <li key={fn.index}>
          <span className={view["swatch"]} style={{ background: functionColour(fn.index) }} aria-hidden="true" />
          {fn.name}
        </li>
      ))}
    </ul>
  );
}
