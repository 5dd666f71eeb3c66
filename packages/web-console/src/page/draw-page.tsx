/** Draws the console on this page, fed by a source. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { ClusterSource } from "../model/source.ts";
import { StoreContext, useClusterStore } from "../use-cluster.ts";
import { Frame } from "./frame.tsx";
import { applyTheme } from "./theme.tsx";
import "./tokens.css";

function Page({ source }: { readonly source: ClusterSource }): React.ReactElement {
  const store = useClusterStore(source);
  return (
    <StoreContext value={store}>
      <Frame />
    </StoreContext>
  );
}

export function drawPage(source: ClusterSource): void {
  const root = document.getElementById("page");
  if (root === null) throw new Error("the page has no element with the id page");
  applyTheme();
  createRoot(root).render(
    <StrictMode>
      <Page source={source} />
    </StrictMode>,
  );
}
