/** The functions that run now, and other code for their tasks: another bundle's export, or the one before it again. */
import type { ClusterActs, CodeDigest, TaskId } from "@skein/runtime";
import { type ReactElement, useState } from "react";
import { Link } from "wouter";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { numberColumn } from "../../components/number-column.ts";
import { Nothing, Panel } from "../../components/panel.tsx";
import { type Column, Table } from "../../components/table.tsx";
import table from "../../components/table.module.css";
import view from "../../components/view.module.css";
import { counted } from "../../format.ts";
import type { ClusterModel } from "../../model/cluster-model.ts";
import { type BundleRow, type RunningCode, runningCode } from "../../model/code.ts";
import { tell } from "../../page/notices.ts";
import { useActs } from "../../page/use-acts.ts";
import styles from "./code.module.css";
import { upgradeAll } from "./upgrade-all.ts";

/** Functions listed; the rest are counted. */
const SHOWN = 30;

/** What this page gave the tasks of a function last, and what they ran before. */
interface Given {
  readonly now: CodeDigest;
  readonly before: CodeDigest | undefined;
}

export interface RunningFunctionsProps {
  readonly model: ClusterModel;
  readonly bundles: readonly BundleRow[];
}

export function RunningFunctions({ model, bundles }: RunningFunctionsProps): ReactElement {
  const { jobActs, why } = useActs();
  const [given, setGiven] = useState<ReadonlyMap<string, Given>>(new Map());
  const running = runningCode(model);
  if (running.length === 0) {
    return (
      <Panel title="Functions that run">
        <Nothing>No task runs now.</Nothing>
      </Panel>
    );
  }
  return (
    <Panel title="Functions that run" aside={counted(running.length, "function")}>
      <Table
        label="Table of functions that run"
        columns={columnsOf(model, {
          jobActs,
          bundles,
          given,
          gave: (code, now, before) => setGiven((all) => new Map(all).set(keyOf(code), { now, before })),
        })}
        rows={running}
        rowKey={keyOf}
        sortName="functions"
        mostRows={SHOWN}
      />
      {jobActs === undefined && (
        <div className={view["more"]}>
          <Acts why={why}>{undefined}</Acts>
        </div>
      )}
    </Panel>
  );
}

/** What is needed to give tasks other code. */
interface Upgrading {
  readonly jobActs: ClusterActs | undefined;
  readonly bundles: readonly BundleRow[];
  readonly given: ReadonlyMap<string, Given>;
  readonly gave: (code: RunningCode, now: CodeDigest, before: CodeDigest | undefined) => void;
}

function columnsOf(model: ClusterModel, { jobActs, bundles, given, gave }: Upgrading): readonly Column<RunningCode>[] {
  return [
    {
      name: "Function",
      long: "wrap",
      sort: ["name", ({ fn }) => fn],
      cell: ({ fn }) => <Link href={`/tasks?q=fn:"${encodeURIComponent(fn)}"+state:running`}>{fn}</Link>,
    },
    {
      name: "Job",
      long: "wrap",
      sort: ["job", ({ job }) => model.jobs.get(job)?.name ?? job],
      cell: ({ job }) => model.jobs.get(job)?.name ?? job,
    },
    numberColumn("Running", "running", ({ tasks }) => tasks.length),
    {
      name: "Other code for them",
      long: "wrap",
      cell: (code) =>
        jobActs !== undefined && (
          <OtherCode
            code={code}
            bundles={bundles.filter((bundle) => bundle.exports.includes(code.fn))}
            given={given.get(keyOf(code))}
            upgrade={async (digest, before) => {
              const { done, refused } = await upgradeAll(jobActs, code.tasks, { digest, fn: code.fn });
              tellOf(code, done, refused);
              if (done.length > 0) gave(code, digest, before);
            }}
          />
        ),
    },
  ];
}

const keyOf = ({ job, fn }: RunningCode): string => `${job} ${fn}`;

function tellOf(code: RunningCode, done: readonly TaskId[], refused: readonly string[]): void {
  if (done.length > 0) tell("done", `${counted(done.length, "task")} of ${code.fn} run other code now.`);
  const [first] = refused;
  if (first !== undefined) tell("failed", `${counted(refused.length, "task")} of ${code.fn} kept theirs: ${first}`);
}

interface OtherCodeProps {
  readonly code: RunningCode;
  /** Those that export a function of that name. */
  readonly bundles: readonly BundleRow[];
  readonly given: Given | undefined;
  readonly upgrade: (digest: CodeDigest, before: CodeDigest | undefined) => Promise<void>;
}

function OtherCode({ code, bundles, given, upgrade }: OtherCodeProps): ReactElement {
  const [chosen, setChosen] = useState<CodeDigest | undefined>(undefined);
  // Of several, the one that the job has shipped itself is what its tasks begin with.
  const own = bundles.filter((bundle) => bundle.jobs.includes(code.job));
  const present = given?.now ?? (own.length === 1 ? own[0]?.digest : undefined);
  const others = bundles.filter(({ digest }) => digest !== present);
  const to = others.find(({ digest }) => digest === chosen) ?? others[0];
  if (to === undefined) return <span className={table["quiet"]}>no other bundle exports it</span>;
  const effect = `${counted(code.tasks.length, "running task")} begin again with the new function, their own arguments and their mailboxes. Those that wait for nothing in time keep the code they have.`;
  const back = given?.before;
  return (
    <span className={styles["choice"]}>
      <select
        className={button["field"]}
        aria-label={`Bundle for ${code.fn}`}
        value={to.digest}
        onChange={({ currentTarget }) => setChosen(others.find(({ digest }) => digest === currentTarget.value)?.digest)}
      >
        {others.map(({ digest, name }) => (
          <option key={digest} value={digest}>
            {`${name?.split(/[/\\]/).at(-1) ?? "bundle"} ${digest.slice(0, 12)}`}
          </option>
        ))}
      </select>
      <ActButton
        label={`Upgrade the tasks of ${code.fn}`}
        question={{ title: `Upgrade ${code.fn}?`, effect, verb: "Upgrade" }}
        act={() => upgrade(to.digest, present)}
      >
        Upgrade
      </ActButton>
      {back !== undefined && (
        <ActButton
          label={`Roll back the tasks of ${code.fn}`}
          question={{ title: `Roll ${code.fn} back?`, effect, verb: "Roll back" }}
          act={() => upgrade(back, given?.now)}
        >
          Roll back
        </ActButton>
      )}
    </span>
  );
}
