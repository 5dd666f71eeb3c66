/** What can be done with a task that waits or runs: cancel it, send to it, give it other code. */
import type { BundleInfo, ClusterActs, CodeDigest } from "@skein/runtime";
import { type ReactElement, useId, useRef, useState } from "react";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import dialog from "../../components/dialog.module.css";
import type { ClusterModel } from "../../model/cluster-model.ts";
import type { TaskRow } from "../../model/task-row.ts";
import { perform, useActs } from "../../page/use-acts.ts";
import { useTopic } from "../../page/use-topics.ts";
import styles from "./steering.module.css";

export interface TaskSteeringProps {
  readonly model: ClusterModel;
  readonly task: TaskRow;
  readonly name: string;
}

export function TaskSteering({ model, task, name }: TaskSteeringProps): ReactElement {
  const { jobActs, why } = useActs();
  const [form, setForm] = useState<"send" | "upgrade" | undefined>(undefined);
  const job = model.jobs.get(task.job)?.name ?? "its job";
  if (jobActs === undefined) return <Acts why={why}>{undefined}</Acts>;
  return (
    <>
      <Acts why="">
        <ActButton act={async () => setForm("send")}>Send a message …</ActButton>
        <ActButton act={async () => setForm("upgrade")}>Upgrade …</ActButton>
        <ActButton
          danger
          question={{
            title: `Cancel ${name}?`,
            effect: `This task of ${job} is stopped, with its children. Who waits for it is told so.`,
            verb: "Cancel task",
          }}
          act={() => perform(`${name} is cancelled.`, () => jobActs.cancelTasks([task.id]))}
        >
          Cancel
        </ActButton>
      </Acts>
      {form === "send" && <SendForm task={task} name={name} acts={jobActs} close={() => setForm(undefined)} />}
      {form === "upgrade" && <UpgradeForm task={task} name={name} acts={jobActs} close={() => setForm(undefined)} />}
    </>
  );
}

interface FormProps {
  readonly task: TaskRow;
  readonly name: string;
  readonly acts: ClusterActs;
  readonly close: () => void;
}

/** JSON where it is JSON, else the text as it is. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function SendForm({ task, name, acts, close }: FormProps): ReactElement {
  const [text, setText] = useState("");
  const id = useId();
  const value = valueOf(text);
  const kind =
    typeof value === "string"
      ? "a text"
      : Array.isArray(value)
        ? "a list"
        : `a ${value === null ? "null" : typeof value}`;
  return (
    <FormDialog title={`Send to ${name}`} close={close}>
      <label htmlFor={id}>JSON, or a text as it is. It is sent as {kind}.</label>
      <textarea
        className={button["field"]}
        id={id}
        rows={4}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div className={dialog["buttons"]}>
        <button type="button" className={button["button"]} onClick={close}>
          Close
        </button>
        <ActButton
          disabled={text === ""}
          act={async () => {
            if (await perform(`Sent to ${name}.`, () => acts.sendToTask(task.id, value))) close();
          }}
        >
          Send
        </ActButton>
      </div>
    </FormDialog>
  );
}

/** Every bundle that is known to export something. */
function useBundles(): readonly BundleInfo[] {
  const found = new Map<string, BundleInfo>();
  for (const place of useTopic("code")) {
    for (const bundle of place.bundles) {
      if (bundle.exports !== undefined && bundle.exports.length > 0) found.set(bundle.digest, bundle);
    }
  }
  return [...found.values()];
}

function UpgradeForm({ task, name, acts, close }: FormProps): ReactElement {
  const bundles = useBundles().filter((bundle) => bundle.exports?.includes(name) === true);
  const [digest, setDigest] = useState("");
  const [fn, setFn] = useState(name);
  const ids = [useId(), useId(), useId()];
  return (
    <FormDialog title={`Upgrade ${name}`} close={close}>
      <p>The new function begins with the arguments the task was started with, and keeps its mailbox.</p>
      <label htmlFor={ids[0]}>Digest of the bundle</label>
      <input
        className={button["field"]}
        id={ids[0]}
        list={ids[2]}
        value={digest}
        autoComplete="off"
        spellCheck={false}
        onInput={({ currentTarget }) => setDigest(currentTarget.value.trim())}
      />
      <datalist id={ids[2]}>
        {bundles.map((bundle) => (
          <option key={bundle.digest} value={bundle.digest}>
            {bundle.name ?? ""}
          </option>
        ))}
      </datalist>
      <label htmlFor={ids[1]}>Its function</label>
      <input
        className={button["field"]}
        id={ids[1]}
        value={fn}
        onInput={({ currentTarget }) => setFn(currentTarget.value.trim())}
      />
      <div className={dialog["buttons"]}>
        <button type="button" className={button["button"]} onClick={close}>
          Close
        </button>
        <ActButton
          disabled={digest === "" || fn === ""}
          act={async () => {
            // What is no digest is refused by the scheduler, in words.
            const code = { digest: digest as CodeDigest, fn };
            if (await perform(`${name} runs other code now.`, () => acts.upgradeTask(task.id, code))) close();
          }}
        >
          Upgrade
        </ActButton>
      </div>
    </FormDialog>
  );
}

interface FormDialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: React.ReactNode;
}

function FormDialog({ title, close, children }: FormDialogProps): ReactElement {
  const opened = useRef(false);
  return (
    <dialog
      className={`${dialog["dialog"]} ${styles["form"]}`}
      aria-label={title}
      onClose={close}
      ref={(element) => {
        if (element === null || opened.current) return;
        opened.current = true;
        element.showModal();
      }}
    >
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}
