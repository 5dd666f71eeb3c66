/** Above every page while a recording is open: which time of it is shown, and the way back to the cluster. */
import { type ReactElement, useEffect, useState } from "react";
import button from "../../components/button.module.css";
import { timeOfDay } from "../../format.ts";
import { showReplay } from "../../page/replaying.ts";
import type { Replay } from "../../record/replay.ts";
import styles from "./record.module.css";

const TICK_MS = 100;
const SPEEDS = [1, 4, 16] as const;

export function ReplayBar({ replay }: { readonly replay: Replay }): ReactElement {
  const [timeMs, setTimeMs] = useState(replay.timeMs);
  const [speed, setSpeed] = useState(0);
  const go = (next: number): void => {
    replay.seek(next);
    setTimeMs(replay.timeMs);
  };
  useEffect(() => {
    if (speed === 0) return undefined;
    const timer = setInterval(() => {
      replay.seek(replay.timeMs + TICK_MS * speed);
      setTimeMs(replay.timeMs);
      if (replay.timeMs >= replay.toMs) setSpeed(0);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [replay, speed]);
  return (
    <div className={styles["bar"]} role="region" aria-label="Recording">
      <strong>{replay.name}</strong>
      <span>
        {timeOfDay(timeMs)} of {timeOfDay(replay.fromMs)} – {timeOfDay(replay.toMs)}
      </span>
      <input
        type="range"
        aria-label="Time shown"
        aria-valuetext={timeOfDay(timeMs)}
        min={replay.fromMs}
        max={replay.toMs}
        step={100}
        value={timeMs}
        onInput={({ currentTarget }) => go(Number(currentTarget.value))}
      />
      <span className={styles["speeds"]}>
        {SPEEDS.map((one) => (
          <button
            key={one}
            type="button"
            className={button["button"]}
            aria-pressed={speed === one}
            onClick={() => {
              if (speed !== one && replay.timeMs >= replay.toMs) go(replay.fromMs);
              setSpeed(speed === one ? 0 : one);
            }}
          >
            {one === 1 ? "Play" : `${one}×`}
          </button>
        ))}
      </span>
      <button type="button" className={button["button"]} onClick={() => showReplay(undefined)}>
        Close
      </button>
    </div>
  );
}
