/** Draws the console on this page, fed by a source. */
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import type { ClusterSource } from "../model/source.ts";
import { snapshotOf } from "../record/snapshot-of.ts";
import { StoreContext, useClusterStore } from "../use-cluster.ts";
import { Frame } from "./frame.tsx";
import { pageRecorder, useReplay } from "./replaying.ts";
import { restWhileHidden } from "./rest-while-hidden.ts";
import { applyTheme } from "./theme.tsx";
import "./tokens.css";

function Page({ source }: { readonly source: ClusterSource }): React.ReactElement {
  const store = useClusterStore(source);
  useEffect(() => {
    pageRecorder.stands = () => snapshotOf(store.model);
  }, [store]);
  useEffect(() => restWhileHidden(store), [store]);
  // The cluster is followed and recorded meanwhile.
  const replay = useReplay();
  return (
    <StoreContext value={replay?.store ?? store}>
      <Frame />
    </StoreContext>
  );
}

export function drawPage(source: ClusterSource): void {
  const root = document.getElementById("page");
  if (root === null) throw new Error("the page has no element with the id page");
  applyTheme();
  const recorded = pageRecorder.recording(source);
  createRoot(root).render(
    <StrictMode>
      <Page source={recorded} />
    </StrictMode>,
  );
}
