/** What of a place's word those may see to whom it does not belong: how much there is of what, and no texts. Pure. */
import { type ChannelInfo, type Observed, type SupervisorInfo, type TaskWord } from "./observed.ts";

/** `undefined`: nothing. */
export function barelyObserved(observed: Observed): Observed | undefined {
  if (observed.gone === true) return observed;
  switch (observed.topic) {
    case "links":
      return observed;
    case "channels":
      return {
        ...observed,
        channels: observed.channels.map(bareChannel),
        readers: observed.readers.map((reader) => ({ ...reader, name: "" })),
      };
    case "supervision":
      return { ...observed, supervisors: observed.supervisors.map(bareSupervisor) };
    case "code":
      return {
        ...observed,
        bundles: observed.bundles.map(({ name: _name, exports: _exports, ...bundle }) => bundle),
        services: observed.services.map((service) => ({ ...service, name: "" })),
        ...(observed.files === undefined
          ? {}
          : { files: observed.files.map(({ digest: _digest, ...file }) => ({ ...file, path: "" })) }),
      };
    case "logs:debug":
    case "logs:info":
    case "logs:warn":
    case "logs:error":
      return undefined;
    default: {
      const { waitsFor: _waits, mailboxTexts: _texts, ...task } = observed.task;
      const { parents, children } = task;
      return {
        ...observed,
        task: { ...task, name: "", parents: parents.map(bareTask), children: children.map(bareTask) },
      };
    }
  }
}

/** Without the messages that wait: arguments of sorts. */
export function withoutTexts(observed: Observed): Observed {
  if (observed.gone === true || !("task" in observed)) return observed;
  const { mailboxTexts: _texts, ...task } = observed.task;
  return { ...observed, task };
}

const bareTask = (task: TaskWord): TaskWord => ({ ...task, name: "" });

function bareChannel(channel: ChannelInfo): ChannelInfo {
  return {
    ...channel,
    name: "",
    subscribers: channel.subscribers.map(({ name: _name, ...subscriber }) => subscriber),
  };
}

function bareSupervisor(supervisor: SupervisorInfo): SupervisorInfo {
  return {
    ...supervisor,
    name: "",
    children: supervisor.children.map((child) => ({ ...child, name: "" })),
  };
}
