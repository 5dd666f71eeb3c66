/** The last minutes as a file, and such a file on the page: without a cluster, at any time of it. */
import { errorFrom } from "@skein/runtime";
import { type ReactElement, useId, useState } from "react";
import { ActButton, Acts } from "../../components/button.tsx";
import button from "../../components/button.module.css";
import { Facts } from "../../components/facts.tsx";
import { Panel } from "../../components/panel.tsx";
import { useNow } from "../../components/use-now.ts";
import view from "../../components/view.module.css";
import { bytes, counted, duration } from "../../format.ts";
import { SPAN_LIMIT } from "../../model/span-log.ts";
import { tell } from "../../page/notices.ts";
import { pageRecorder, showReplay, useReplay } from "../../page/replaying.ts";
import { saveFile } from "../../page/save-file.ts";
import { chromeTrace } from "../../record/chrome-trace.ts";
import { RECORD_BYTES } from "../../record/recorder.ts";
import { Replay } from "../../record/replay.ts";
import { useModel } from "../../use-cluster.ts";
import styles from "./record.module.css";

export function Record(): ReactElement {
  const model = useModel();
  const now = useNow();
  const replay = useReplay();
  const { sinceMs } = pageRecorder;
  return (
    <div className={view["view"]}>
      <Panel title="What this page has heard">
        <Facts
          facts={[
            ["Reaches back", sinceMs === undefined ? "nothing was heard yet" : duration(Math.max(0, now - sinceMs))],
            ["Size", `${bytes(pageRecorder.bytes)} of at most ${bytes(RECORD_BYTES)}`],
            ["Holds", "how the cluster stood, every event, and what the views that were open showed", "wide"],
          ]}
        />
        <div className={styles["acts"]}>
          <Acts why="">
            <ActButton
              disabled={sinceMs === undefined}
              act={async () => saveFile(pageRecorder.text(), `skein-${stamp(now)}.jsonl`, "application/jsonl")}
            >
              Save the recording
            </ActButton>
          </Acts>
          <p>
            Whoever has the file sees what you see here, arguments and logs included. Older parts give way to what
            comes.
          </p>
        </div>
      </Panel>
      <OpenFile />
      <Panel title="Chrome trace" aside={replay === undefined ? undefined : `of ${replay.name}`}>
        <div className={styles["acts"]}>
          <Acts why="">
            <ActButton
              disabled={model.spans.count === 0}
              act={async () =>
                saveFile([JSON.stringify(chromeTrace(model))], `skein-${stamp(now)}.trace.json`, "application/json")
              }
            >
              Save a trace
            </ActButton>
          </Acts>
          <p>
            The tasks that ended last, {counted(Math.min(model.spans.count, SPAN_LIMIT), "attempt")}, as ui.perfetto.dev
            and chrome://tracing read them: a process for each node, a thread for each server.
          </p>
        </div>
      </Panel>
    </div>
  );
}

function OpenFile(): ReactElement {
  const id = useId();
  const [over, setOver] = useState(false);
  const open = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    try {
      showReplay(new Replay(file.name, await file.text()));
    } catch (thrown) {
      tell("failed", `${file.name} can’t be opened: ${errorFrom(thrown).message}`);
    }
  };
  return (
    <Panel title="Open a recording">
      <div
        className={styles["drop"]}
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void open(event.dataTransfer.files[0]);
        }}
      >
        <label htmlFor={id}>A file that was saved here or on another page; drop it on this field, or choose it:</label>
        <input
          id={id}
          className={button["file"]}
          type="file"
          accept=".jsonl"
          onChange={({ currentTarget }) => {
            void open(currentTarget.files?.[0]);
            currentTarget.value = "";
          }}
        />
      </div>
    </Panel>
  );
}

/** `2026-11-21-10-45`, for file names. */
const stamp = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 16).replaceAll(/[T:]/g, "-");
