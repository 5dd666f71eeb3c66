/** The name of a place or server, which leads to its page where it has one. */
import type { Observed } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import type { ClusterModel, ServerRow } from "../model/cluster-model.ts";
import { placeHref, placeName } from "../model/places.ts";
import { serverName } from "../model/select.ts";
import table from "./table.module.css";

export interface PlaceLinkProps {
  readonly model: ClusterModel;
  readonly at: Observed["at"];
}

export function PlaceLink({ model, at }: PlaceLinkProps): ReactElement {
  const href = placeHref(model, at);
  const name = placeName(model, at);
  return href === undefined ? <>{name}</> : <Link href={href}>{name}</Link>;
}

export interface ServerLinkProps {
  readonly model: ClusterModel;
  readonly server: ServerRow;
}

/** With what kind it is, where it is not one that computes. */
export function ServerLink({ model, server: { id, kind } }: ServerLinkProps): ReactElement {
  return (
    <>
      <Link href={`/servers/${id}`}>{serverName(model, id)}</Link>
      {kind === "io" && <span className={table["quiet"]}> I/O</span>}
    </>
  );
}
