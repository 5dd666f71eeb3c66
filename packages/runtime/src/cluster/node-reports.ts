/** Tells the scheduler how a node stands: soon after something has changed there, and the machine's load now and then. */
import { EVENT_BATCH_MS, LOAD_REPORT_MS } from "../defaults.ts";
import { type Platform, type TimerHandle } from "../platform.ts";
import { type NodeLoad } from "./contracts.ts";
import { type ServerCounters } from "./events.ts";
import { type NodeReport } from "./words.ts";

/** The load is read again after this many reports that had nothing else to say. */
const REPORTS_PER_LOAD: number = LOAD_REPORT_MS / EVENT_BATCH_MS;

export interface NodeReportsOptions {
  readonly platform: Platform;
  /** Reads the machine's free capacity. */
  readonly load: () => NodeLoad;
  readonly servers: () => readonly ServerCounters[];
  /** The load was read again. */
  readonly onLoad: () => void;
  readonly tell: (report: NodeReport) => void;
}

export class NodeReports {
  /** As it was read last. */
  load: NodeLoad;
  readonly #options: NodeReportsOptions;
  #timer: TimerHandle;
  #changed = false;
  #quiet = 0;

  constructor(options: NodeReportsOptions) {
    this.#options = options;
    this.load = options.load();
    this.#timer = options.platform.startTimer(EVENT_BATCH_MS, this.#onTick);
  }

  /** Something is not as it was told. */
  changed(): void {
    this.#changed = true;
  }

  close(): void {
    this.#options.platform.stopTimer(this.#timer);
  }

  readonly #onTick = (): void => {
    const { platform, load, servers, onLoad, tell } = this.#options;
    this.#timer = platform.startTimer(EVENT_BATCH_MS, this.#onTick);
    this.#quiet += 1;
    if (!this.#changed && this.#quiet < REPORTS_PER_LOAD) return;
    if (this.#quiet >= REPORTS_PER_LOAD) {
      this.#quiet = 0;
      this.load = load();
      onLoad();
    }
    this.#changed = false;
    tell({ load: this.load, servers: servers() });
  };
}
