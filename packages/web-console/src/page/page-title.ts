/** The tab's name: seen while another tab is in front, when nothing is drawn. */
import { SECOND_MS } from "@skein/runtime";
import type { ClusterModel } from "../model/cluster-model.ts";
import { serverTotals } from "../model/select.ts";

/** Timers run in hidden tabs, frames do not. */
const TITLE_EVERY_MS: number = 2 * SECOND_MS;

/** Keeps the title as `model` is, also while nothing is drawn, until the returned function is called. */
export function keepTitle(
  model: ClusterModel,
  view: string | undefined,
  page: { title: string } = document,
): () => void {
  const set = (): void => {
    const title = titleOf(model, view);
    if (page.title !== title) page.title = title;
  };
  set();
  const timer = setInterval(set, TITLE_EVERY_MS);
  return () => clearInterval(timer);
}

/** How many servers compute comes first: of a tab’s name little is seen. */
export function titleOf(model: ClusterModel, view: string | undefined): string {
  const page = view === undefined || view === "Overview" ? "skein" : `${view} · skein`;
  if (model.connection.phase === "ended") return `ended · ${page}`;
  if (model.connection.phase === "away") return `not connected · ${page}`;
  const { busy, all } = serverTotals(model);
  return all === 0 ? page : `${busy}/${all} busy · ${page}`;
}
