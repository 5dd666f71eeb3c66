/** The pages of the console, in the order of the navigation. */
import type { ComponentType } from "react";
import { Overview } from "./overview/overview.tsx";

export interface View {
  readonly path: string;
  readonly name: string;
  /** Pressed after `g`, it goes there. */
  readonly key: string;
  readonly page: ComponentType;
}

export const VIEWS: readonly View[] = [{ path: "/", name: "Overview", key: "o", page: Overview }];
