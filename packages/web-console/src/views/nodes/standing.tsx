/** How a node or server stands, as a shape and a word. */
import type { ReactElement } from "react";
import { Glyph } from "../../components/glyph.tsx";
import type { Hold, NodeRow, ServerRow } from "../../model/cluster-model.ts";

const HOLDS: Readonly<Record<Hold, string>> = {
  paused: "paused",
  draining: "draining",
  closed: "closed",
  suspected: "silent",
};

export function NodeStanding({ node }: { readonly node: NodeRow }): ReactElement {
  return <Standing state={node.state} hold={node.hold} busy={false} />;
}

export function ServerStanding(props: { readonly server: ServerRow; readonly busy: boolean }): ReactElement {
  return <Standing state={props.server.state} hold={props.server.hold} busy={props.busy} />;
}

interface Props {
  readonly state: NodeRow["state"];
  readonly hold: Hold | undefined;
  readonly busy: boolean;
}

function Standing({ state, hold, busy }: Props): ReactElement {
  if (state === "lost") return word("lost", "lost");
  if (state === "closed") return word("closed", "closed");
  if (hold !== undefined) return word(hold === "suspected" ? "waiting" : "closed", HOLDS[hold]);
  return busy ? word("running", "busy") : word("ready", "ready");
}

const word = (glyph: "lost" | "closed" | "waiting" | "running" | "ready", text: string): ReactElement => (
  <>
    <Glyph name={glyph} /> {text}
  </>
);
