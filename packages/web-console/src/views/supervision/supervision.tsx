/** Supervision trees: who restarts whom, how often that was needed, and how much of it is still allowed. */
import type { ReactElement } from "react";
import { Link } from "wouter";
import { Bar } from "../../components/bar.tsx";
import { ActButton, Acts } from "../../components/button.tsx";
import { Glyph, type GlyphName } from "../../components/glyph.tsx";
import { Nothing, Panel } from "../../components/panel.tsx";
import view from "../../components/view.module.css";
import { counted, duration } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { placeName } from "../../model/places.ts";
import { type SupervisedNode, type SupervisorNode, supervisionTrees } from "../../model/supervision.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import { useTopics } from "../../page/use-topics.ts";
import { useModel } from "../../use-cluster.ts";
import styles from "./supervision.module.css";

const STRATEGIES: Readonly<Record<string, string>> = {
  "one-for-one": "restarts the one that ended",
  "one-for-all": "restarts all when one ends",
  "rest-for-one": "restarts the one that ended and those after it",
};

const STATES: Readonly<Record<string, readonly [GlyphName, string]>> = {
  running: ["running", "runs"],
  waiting: ["retried", "starts again after a pause"],
  ended: ["closed", "ended"],
};

const POLICIES: Readonly<Record<string, string>> = {
  always: "always restarted",
  "on-failure": "restarted when it fails",
  never: "never restarted",
};

export function Supervision(): ReactElement {
  const model = useModel();
  useTopics("supervision");
  const { acts, why } = useActs();
  const { roots, supervisors, children, more } = supervisionTrees(model);
  if (roots.length === 0) {
    return (
      <Panel title="Supervision">
        <Nothing>
          No supervisors run. A task that calls <code>supervise</code> appears here with its children, and says how
          often each was restarted.
        </Nothing>
      </Panel>
    );
  }
  return (
    <div className={view["view"]}>
      <p className={view["crumb"]}>
        {counted(supervisors, "supervisor")}, {counted(children, "child").replace("childs", "children")}
        {more > 0 && ` and ${counted(more, "supervisor")} more`}
      </p>
      {acts === undefined && <Acts why={why}>{undefined}</Acts>}
      {roots.map((root) => (
        <Panel key={root.supervisor.task} title={root.supervisor.name} aside={`at ${placeName(model, root.at)}`}>
          <div className={styles["tree"]}>
            <Branch model={model} node={root} top />
          </div>
        </Panel>
      ))}
    </div>
  );
}

interface BranchProps {
  readonly model: ClusterModel;
  readonly node: SupervisorNode;
  readonly top?: boolean;
}

function Branch({ model, node, top = false }: BranchProps): ReactElement {
  const { supervisor, children } = node;
  return (
    <>
      <div className={styles["supervisor"]}>
        {top && <Link href={`/tasks/${supervisor.task}`}>its task</Link>}
        <span>{STRATEGIES[supervisor.strategy] ?? supervisor.strategy}</span>
        <Intensity node={node} />
        {supervisor.state === "stopping" && <strong>stopping</strong>}
      </div>
      <ul className={styles["children"]} aria-label={`Children of ${supervisor.name}`}>
        {children.map((child) => (
          <li key={child.child.name}>
            <Child model={model} node={node} child={child} />
            {child.below !== undefined && <Branch model={model} node={child.below} />}
          </li>
        ))}
        {supervisor.more !== undefined && <li className={styles["quiet"]}>and {supervisor.more} more</li>}
      </ul>
    </>
  );
}

/** How near it is to giving up. */
function Intensity({ node }: { readonly node: SupervisorNode }): ReactElement {
  const { intensity, restartsWithin, name } = node.supervisor;
  const words = `${restartsWithin} of ${counted(intensity.restarts, "restart")} within ${duration(intensity.withinMs)}`;
  const near = restartsWithin >= intensity.restarts && restartsWithin > 0;
  return (
    <span className={styles["intensity"]}>
      <span
        role="meter"
        aria-valuemin={0}
        aria-valuemax={intensity.restarts + 1}
        aria-valuenow={restartsWithin}
        aria-label={`Restarts of ${name} against its intensity`}
        aria-valuetext={words}
      >
        {/* With one more than it allows it gives up. */}
        <Bar
          small
          all={intensity.restarts + 1}
          parts={[[near ? "bad" : "full", Math.min(restartsWithin, intensity.restarts + 1)]]}
        />
      </span>
      {words}
      {near && <b>one more and it gives up</b>}
    </span>
  );
}

interface ChildProps extends BranchProps {
  readonly child: SupervisedNode;
}

function Child({ model, node, child: { child, below } }: ChildProps): ReactElement {
  const { acts } = useActs();
  const { supervisor, at } = node;
  const [glyph, words] = STATES[child.state] ?? ["idle", child.state];
  return (
    <div className={styles["child"]}>
      <span className={styles["name"]}>
        <Glyph name={glyph} />{" "}
        {child.task === undefined ? <b>{child.name}</b> : <Link href={`/tasks/${child.task}`}>{child.name}</Link>}
      </span>
      <span className={styles["quiet"]}>
        {words}, {POLICIES[child.restart] ?? child.restart}
        {child.supervisor === true && below === undefined && ", a supervisor that is not told of"}
        {child.to !== undefined && `, at ${placeName(model, child.to)}`}
      </span>
      <span className={child.restarts > 0 ? styles["restarted"] : styles["quiet"]}>
        {child.restarts === 0 ? "never restarted yet" : `restarted ${counted(child.restarts, "time")}`}
      </span>
      {acts !== undefined && (
        <ActButton
          danger
          label={`Restart ${child.name} of ${supervisor.name}`}
          question={{
            title: `Restart ${child.name}?`,
            effect: `${child.state === "running" ? "It is ended and started again" : "It is started again"}${
              supervisor.strategy === "one-for-one" ? "" : ", with those that its supervisor restarts with it"
            }. That does not count against the supervisor’s intensity.`,
            verb: `Restart ${child.name}`,
          }}
          act={() => perform(`${child.name} was restarted.`, () => acts.restartChild(at, supervisor.task, child.name))}
        >
          Restart
        </ActButton>
      )}
    </div>
  );
}
