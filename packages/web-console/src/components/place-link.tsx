/** The name of a place, which leads to its page where it has one. */
import type { Observed } from "@skein/runtime";
import type { ReactElement } from "react";
import { Link } from "wouter";
import type { ClusterModel } from "../model/cluster-model.ts";
import { placeHref, placeName } from "../model/places.ts";

export interface PlaceLinkProps {
  readonly model: ClusterModel;
  readonly at: Observed["at"];
}

export function PlaceLink({ model, at }: PlaceLinkProps): ReactElement {
  const href = placeHref(model, at);
  const name = placeName(model, at);
  return href === undefined ? <>{name}</> : <Link href={href}>{name}</Link>;
}
