/** The pages of the console, in the order of the navigation; all but the first are loaded when they are opened. */
import { type ComponentType, lazy } from "react";
import { Overview } from "./overview/overview.tsx";

export interface View {
  readonly path: string;
  readonly name: string;
  /** Pressed after `g`, it goes there. */
  readonly key: string;
  readonly page: ComponentType;
  /** Pages below it, which have no place of their own in the navigation. */
  readonly below?: readonly { readonly path: string; readonly page: ComponentType }[];
}

/** Views that belong together, with the word above them. */
export interface ViewGroup {
  readonly name: string;
  readonly views: readonly View[];
}

export const VIEW_GROUPS: readonly ViewGroup[] = [
  {
    name: "Now",
    views: [
      { path: "/", name: "Overview", key: "o", page: Overview },
      {
        path: "/stream",
        name: "Stream",
        key: "s",
        page: later(async () => (await import("./stream/stream.tsx")).Stream),
      },
    ],
  },
  {
    name: "Work",
    views: [
      {
        path: "/jobs",
        name: "Jobs",
        key: "j",
        page: later(async () => (await import("./jobs/jobs-view.tsx")).JobsView),
      },
      {
        path: "/tasks",
        name: "Tasks",
        key: "t",
        page: later(async () => (await import("./tasks/tasks.tsx")).Tasks),
        below: [{ path: "/tasks/:id", page: later(async () => (await import("./task/task-view.tsx")).TaskView) }],
      },
      {
        path: "/channels",
        name: "Channels",
        key: "c",
        page: later(async () => (await import("./channels/channels.tsx")).Channels),
      },
      {
        path: "/supervision",
        name: "Supervision",
        key: "u",
        page: later(async () => (await import("./supervision/supervision.tsx")).Supervision),
      },
      { path: "/code", name: "Code", key: "d", page: later(async () => (await import("./code/code.tsx")).Code) },
      { path: "/logs", name: "Logs", key: "l", page: later(async () => (await import("./logs/logs.tsx")).Logs) },
    ],
  },
  {
    name: "Places",
    views: [
      {
        path: "/topology",
        name: "Topology",
        key: "m",
        page: later(async () => (await import("./topology/topology.tsx")).Topology),
      },
      {
        path: "/nodes",
        name: "Nodes",
        key: "n",
        page: later(async () => (await import("./nodes/nodes-view.tsx")).NodesView),
        below: [
          { path: "/nodes/:id", page: later(async () => (await import("./nodes/node-view.tsx")).NodeView) },
          {
            path: "/servers/:peer/:lane",
            page: later(async () => (await import("./nodes/server-view.tsx")).ServerView),
          },
        ],
      },
      {
        path: "/invite",
        name: "Invite",
        key: "i",
        page: later(async () => (await import("./invite/invite.tsx")).Invite),
      },
      {
        path: "/record",
        name: "Record",
        key: "r",
        page: later(async () => (await import("./record/record.tsx")).Record),
      },
    ],
  },
];

export const VIEWS: readonly View[] = VIEW_GROUPS.flatMap(({ views }) => views);

/** A page that is loaded when it is first opened. */
function later(load: () => Promise<ComponentType>): ComponentType {
  return lazy(async () => ({ default: await load() }));
}
