/** What a server has to tell its client, gathered into one note; a value that can't travel spoils only its own task. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { errorFrom } from "../errors.ts";
import { type Begin, type News, type RunExit, type RunLog } from "./words.ts";

/** Log entries kept between two notes; more are counted in their place. */
const LOGS_LIMIT = 1000;

const NOTHING: Omit<News, "lease" | "job"> = { started: [], running: [], exits: [], withdrawn: [], logs: [] };

export class NewsBox {
  readonly #procedures: Procedures;
  readonly #to: Endpoint;
  readonly #name: string;
  readonly #words: Pick<News, "lease" | "job">;
  #started: number[] = [];
  #running: number[] = [];
  #exits: RunExit[] = [];
  #withdrawn: number[] = [];
  #logs: RunLog[] = [];
  #omittedLogs = 0;

  constructor(procedures: Procedures, begin: Begin) {
    this.#procedures = procedures;
    this.#to = begin.client;
    this.#name = `${begin.inbox}.news`;
    this.#words = { lease: begin.lease, job: begin.job };
  }

  started(serial: number): void {
    this.#started.push(serial);
  }

  running(serial: number): void {
    this.#running.push(serial);
  }

  exited(exit: RunExit): void {
    this.#exits.push(exit);
  }

  withdrawn(serial: number): void {
    this.#withdrawn.push(serial);
  }

  log(log: RunLog): void {
    if (this.#logs.length < LOGS_LIMIT) this.#logs.push(log);
    else this.#omittedLogs += 1;
  }

  get size(): number {
    return (
      this.#started.length + this.#running.length + this.#exits.length + this.#withdrawn.length + this.#logs.length
    );
  }

  send(): void {
    if (this.size === 0) return;
    if (this.#omittedLogs > 0) {
      this.#logs.push({ level: "warn", text: "log.omitted", fields: { count: this.#omittedLogs } });
      this.#omittedLogs = 0;
    }
    const news = {
      started: this.#started,
      running: this.#running,
      exits: this.#exits,
      withdrawn: this.#withdrawn,
      logs: this.#logs,
    };
    this.#started = [];
    this.#running = [];
    this.#exits = [];
    this.#withdrawn = [];
    this.#logs = [];
    try {
      this.#notify(news);
    } catch {
      this.#sendOneByOne(news);
    }
  }

  #notify(news: Omit<News, "lease" | "job">): void {
    this.#procedures.notify(this.#to, this.#name, { ...this.#words, ...news });
  }

  #sendOneByOne({ started, running, exits, withdrawn, logs }: Omit<News, "lease" | "job">): void {
    this.#notify({ ...NOTHING, started, running, withdrawn });
    for (const exit of exits) {
      try {
        this.#notify({ ...NOTHING, exits: [exit] });
      } catch (error) {
        const failed: RunExit = { ...exit, exit: { type: "failed", error: errorFrom(error) } };
        this.#notify({ ...NOTHING, exits: [failed] });
      }
    }
    for (const log of logs) {
      try {
        this.#notify({ ...NOTHING, logs: [log] });
      } catch {
        const { fields: _, ...bare } = log;
        this.#notify({ ...NOTHING, logs: [bare] });
      }
    }
  }
}
