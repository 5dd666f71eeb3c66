/** Takes a node or a server out of service, or back. */
import type { NodeId, ServerId, SteerVerb } from "@skein/runtime";
import type { ReactElement } from "react";
import { ActButton, Acts } from "../../components/button.tsx";
import type { Question } from "../../page/questions.ts";
import { perform, useActs } from "../../page/use-acts.ts";

export interface SteerActsProps {
  readonly at: NodeId | ServerId;
  readonly name: string;
  readonly what: "node" | "server";
  /** It is out of service now. */
  readonly held: boolean;
}

const DONE: Readonly<Record<SteerVerb, string>> = {
  pause: "takes no new work",
  resume: "is back in service",
  drain: "ends what it runs and takes nothing new",
  restart: "is restarted",
  stop: "is stopped",
};

export function SteerActs({ at, name, what, held }: SteerActsProps): ReactElement {
  const { acts, why } = useActs();
  const steer = (verb: SteerVerb) => async (): Promise<void> => {
    if (acts !== undefined) await perform(`${name} ${DONE[verb]}.`, () => acts.steer(verb, at));
  };
  return (
    <Acts why={acts === undefined ? why : ""}>
      {held ? (
        <ActButton act={steer("resume")} label={`Resume ${name}`}>
          Resume
        </ActButton>
      ) : (
        <ActButton act={steer("pause")} label={`Pause ${name}`} title="It gets no new work; what runs there goes on.">
          Pause
        </ActButton>
      )}
      <ActButton act={steer("drain")} label={`Drain ${name}`} question={questionOf("drain", name, what)}>
        Drain
      </ActButton>
      <ActButton act={steer("restart")} label={`Restart ${name}`} question={questionOf("restart", name, what)} danger>
        Restart
      </ActButton>
      <ActButton act={steer("stop")} label={`Stop ${name}`} question={questionOf("stop", name, what)} danger>
        Stop
      </ActButton>
    </Acts>
  );
}

function questionOf(verb: "drain" | "restart" | "stop", name: string, what: "node" | "server"): Question {
  const processes = what === "node" ? "every server process of this node" : "this server's process";
  const effects = {
    drain: `What runs there ends by itself, nothing new begins, and jobs give it back.`,
    restart: `Ends ${processes} when its tasks have ended, and starts a fresh one.`,
    stop: `Its tasks get 5 seconds to stop; those that can be retried begin again elsewhere. It takes no work until it is resumed.`,
  } as const;
  const words = { drain: "Drain", restart: "Restart", stop: "Stop" } as const;
  return { title: `${words[verb]} ${name}?`, effect: effects[verb], verb: `${words[verb]} ${name}` };
}
