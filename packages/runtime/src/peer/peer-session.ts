/**
 * A session with one peer: what is sent arrives once and in order as long as it lives, over whatever connections there
 * are meanwhile. `link/session.ts` numbers, `link/session-paths.ts` decides; this performs.
 */
import { SkeinError, errorFrom } from "../errors.ts";
import type { Carrier } from "../link/carrier.ts";
import { newSignal } from "../link/inbox.ts";
import {
  type SessionAction,
  type SessionEvent,
  type SessionState,
  checkAfterMs,
  newSession,
  stepSession,
} from "../link/session-paths.ts";
import { type HeartbeatTimes, timesFor } from "../link/heartbeat.ts";
import type { TimerHandle } from "../platform.ts";
import { FrameKind, HEADER_BYTES, frameKind, invalidFrame, payloadOf } from "../wire/frames.ts";
import { parseControl } from "../wire/schema.ts";
import type { LimitedLink, NetworkConnection } from "./network.ts";
import { type PathLinks, PeerPath } from "./peer-path.ts";
import { kindOf, rankOf } from "./reconnect.ts";
import { SessionOutbox } from "./session-outbox.ts";
import { SessionParting } from "./session-parting.ts";
import { MESSAGE_KINDS, type PeerSessionOptions } from "./peer-session-options.ts";
import { SessionVoice } from "./session-voice.ts";
import { Traffic } from "./traffic.ts";
import { byeError, byeWords, connectionGone, lostBy, tooManyCredits } from "./session-errors.ts";

export class PeerSession implements Carrier {
  readonly ownToken: string;
  readonly otherToken: string;
  /** Resolves once it is over, with the reason; undefined when this side ended it on purpose. */
  readonly ended: Promise<SkeinError | undefined>;
  /** What went over its connections. */
  readonly traffic: Traffic;
  readonly #options: PeerSessionOptions;
  readonly #outbox: SessionOutbox = new SessionOutbox(() => this.#parting.held);
  readonly #core = this.#outbox.core;
  readonly #voice: SessionVoice;
  readonly #paths = new Map<number, PeerPath>();
  readonly #over = newSignal<SkeinError | undefined>();
  #standing: SessionState;
  /** The other side has asked for patience. */
  #lull = false;
  #present: PeerPath | undefined;
  #lastPath = 0;
  #timer: TimerHandle = undefined;
  readonly #parting: SessionParting;
  #idle = false;
  /** Whether the process is kept alive because nothing else does: there is no connection. */
  #holding = false;

  constructor(options: PeerSessionOptions) {
    this.#options = options;
    this.ownToken = options.ownToken;
    this.otherToken = options.otherToken;
    this.ended = this.#over.promise;
    this.traffic = new Traffic(options.platform.wallMs());
    this.#voice = new SessionVoice(options);
    this.#standing = newSession(options.platform.now());
    this.#parting = new SessionParting({
      platform: options.platform,
      isSettled: () => this.settled,
      mayPart: options.mayPart,
      say: (type) => this.#voice.say({ type, ack: this.#core.takeAck() }),
      end: () => this.close("idle", true),
      released: () => this.#outbox.pump(),
    });
    this.#arm();
  }

  get state(): "open" | "busy" | "closed" {
    return this.#outbox.state;
  }

  /** Number of the last frame that arrived in order. */
  get received(): number {
    return this.#core.received;
  }

  /** How many frames went either way; undefined while the other side has not got all of them. */
  get used(): number | undefined {
    return this.#core.settled ? this.#core.sent + this.#core.received : undefined;
  }

  /** Whether the other side has all that was sent, or never will. */
  get settled(): boolean {
    return this.#outbox.settled;
  }

  /** Whether messages are among what the other side has not acknowledged: more than notices of peers to each other. */
  get owes(): boolean {
    return this.state !== "closed" && this.#core.owes;
  }

  /** Has the other side say what it has, when all is on its way to it. */
  hurry(): void {
    const path = this.#present;
    if (path !== undefined && !this.settled && !this.#core.behind) this.#voice.beat(path, this.#core.takeAck());
  }

  /** The connection in use; none while the session waits for one. */
  get connection(): NetworkConnection | undefined {
    return this.#present?.connection;
  }

  /** Whether nothing was heard for a while, or there is no connection. */
  get suspected(): boolean {
    return this.#standing.suspected;
  }

  /** Round trip of the last heartbeat, in milliseconds; undefined before the first. */
  get rttMs(): number | undefined {
    return this.#voice.rttMs;
  }

  /** The connections it has now, by their numbers here. */
  get paths(): readonly number[] {
    return [...this.#paths.keys()];
  }

  /**
   * Takes a connection on which both sides have joined this session. `received`: the last frame the other side has;
   * `replaces`: connections that are no more, as the other side says.
   */
  attach(links: PathLinks, received: number, replaces: readonly number[]): void {
    const { platform, self, remote } = this.#options;
    const { connection } = links;
    this.#lastPath += 1;
    const id = this.#lastPath;
    const path: PeerPath = new PeerPath({
      ...links,
      id,
      platform,
      traffic: this.traffic,
      onControl: (frame) => this.#control(frame, path),
      onMessage: (frame) => this.#message(frame),
      onHeard: () => {
        if (this.#standing.suspected) this.#step({ type: "heard", path: id });
      },
      isInUse: () => path === this.#present,
      // Whoever dialled has it first: what comes on it shows that the other side has it as well.
      isReplaced: () => this.connection?.dialled === false || this.#present?.heard === true,
      // A peer that breaks the rules of the wire is let go, not argued with.
      onBroken: (error) => this.#end(error),
      onDropped: (sinceMs) => {
        this.#paths.delete(id);
        // Who has asked for patience may be frozen, with a connection that stands.
        this.#step({ type: "dropped", path: id, ...(sinceMs === undefined ? {} : { sinceMs, silent: this.#lull }) });
        // Who has gone is known at once by one connection, and by another perhaps not for half a minute.
        this.probe();
      },
    });
    if (this.state === "closed") return path.abort(connectionGone(this.#who));
    try {
      this.#core.acknowledge(received);
    } catch (error) {
      path.abort(connectionGone(this.#who));
      return this.#end(errorFrom(error));
    }
    this.#paths.set(id, path);
    const openedByLower = connection.dialled === self < remote;
    const kind = kindOf(connection);
    this.#step({ type: "attached", path: { id, kind, rank: rankOf(kind), openedByLower }, replaces });
    path.start();
  }

  /** The other side has a new connection, on which it has shown who it is and has yet to join. */
  readonly nearing = (): void => this.#step({ type: "nearing" });

  /** Only while "open". The frame is the session's from now on. */
  send(frame: Uint8Array): void {
    if (this.state === "closed") return;
    if (frameKind(frame) === FrameKind.credit) {
      if (!this.#voice.credit(frame)) this.abort(tooManyCredits(this.#who));
      return;
    }
    this.#outbox.send(frame);
  }

  readonly whenOpen = (callback: () => void): void => this.#outbox.whenOpen(callback);

  /**
   * Opens a link of another protocol on the connection in use; it ends with that connection.
   *
   * @throws {SkeinError} `PEER_LOST` when the session is over, `PEER_UNREACHABLE` while it has no connection
   */
  async openLink(protocol: string, signal: AbortSignal): Promise<LimitedLink> {
    if (this.state === "closed") throw connectionGone(this.#who);
    const { connection } = this;
    if (connection === undefined) {
      throw new SkeinError("PEER_UNREACHABLE", `peer ${this.#who} has no connection at the moment`, {
        hint: "wait until it is back: see peer.events",
      });
    }
    return await connection.openLink(protocol, signal);
  }

  /** Whether it ended because neither side used it. */
  get idle(): boolean {
    return this.#idle;
  }

  /** Ends it when the other side has no use for it either; nothing is lost by that. */
  part(): void {
    if (this.state !== "open") return;
    this.#outbox.block();
    this.#parting.ask();
    this.#outbox.pump();
  }

  /** As {@link PeerSession.close}; resolves when the other side has heard it, or the connection is gone. */
  async farewell(reason: string): Promise<void> {
    const { connection, suspected } = this;
    this.close(reason);
    // Who is away hears nothing.
    if (!suspected) await connection?.closed;
  }

  /** Says whether this side may be silent for long, and come back. */
  lull(on: boolean): void {
    if (this.state !== "closed") this.#voice.say({ type: "lull", on, ack: this.#core.takeAck() });
  }

  /** Asks on each connection whether the other side is there; one on which nothing comes soon is dropped. */
  probe(): void {
    if (this.state === "closed") return;
    for (const path of this.#paths.values()) path.probe(() => this.#voice.beat(path, this.#core.takeAck()));
  }

  /** Says goodbye and ends; `idle`: nobody has to be told. Twice does nothing. */
  close(reason: string, idle = false): void {
    if (this.state === "closed") return;
    this.#idle = idle;
    if (idle) this.#voice.say({ type: "ack", ack: this.#core.takeAck() });
    this.#sayBye(reason);
    this.#end(undefined);
  }

  /** Ends it with an error here; the other side is told why, if it can be. */
  expel(error: SkeinError): void {
    if (this.state === "closed") return;
    this.#sayBye(error.message, true);
    this.#end(error, "close");
  }

  /** Ends it at once: the other side broke the rules, or knows nothing of it any more. */
  readonly abort = (error: SkeinError): void => this.#end(error);

  get #who(): string {
    return this.#options.show?.() ?? this.#options.remote;
  }

  #message(frame: Uint8Array): void {
    const kind = frameKind(frame);
    if (!MESSAGE_KINDS.has(kind)) throw invalidFrame(`a frame of kind ${kind} among messages`);
    const isNew = this.#core.accept(frame);
    this.#outbox.acknowledged();
    if (isNew) this.#options.onFrame(frame);
    if (this.#core.ackDue) this.#voice.say({ type: "ack", ack: this.#core.takeAck() });
  }

  #control(frame: Uint8Array, path: PeerPath): void {
    const kind = frameKind(frame);
    if (kind === FrameKind.credit && frame.byteLength === HEADER_BYTES) {
      return this.state === "closed" ? undefined : this.#options.onFrame(frame);
    }
    if (kind !== FrameKind.control) throw invalidFrame(`a frame of kind ${kind} among control frames`);
    const message = parseControl(this.#options.codec.decode(payloadOf(frame)));
    if (this.state === "closed") return message.type === "bye" ? path.hangUp() : undefined;
    if (message.type === "bye") {
      // What was sent meanwhile is lost with it: then it was not idle.
      this.#idle = message.idle === true && this.#core.settled;
      return this.#end(byeError(this.#who, message));
    }
    this.#core.acknowledge(message.ack);
    this.#outbox.acknowledged();
    if (message.type === "beat") this.#voice.say({ type: "alive", ack: this.#core.takeAck() }, path);
    if (message.type === "alive") this.#voice.answered(path);
    if (message.type === "lull") this.#lull = message.on;
    if (message.type === "part" || message.type === "stay") this.#parting.heard(message.type);
  }

  /** Who has asked for patience is suspected as soon as any other, but lost much later. */
  get #times(): HeartbeatTimes {
    return timesFor(this.#options, this.#lull, this.rttMs);
  }

  #sayBye(reason: string, out = false): void {
    const bye = byeWords(reason, { idle: this.#idle, out });
    for (const path of this.#paths.values()) this.#voice.say(bye, path);
  }

  #arm(): void {
    const { platform } = this.#options;
    platform.stopTimer(this.#timer);
    const pauseMs = checkAfterMs(this.#standing, platform.now(), this.#times);
    const dueMs = platform.now() + pauseMs;
    this.#timer = platform.startTimer(pauseMs, () => this.#check(platform.now() - dueMs));
  }

  #check(lateMs: number): void {
    const heard = new Map(Array.from(this.#paths, ([id, { heardMs }]) => [id, heardMs]));
    this.#step({ type: "checked", heard, lateMs });
    if (this.state === "closed") return;
    for (const path of this.#paths.values()) this.#voice.beat(path, this.#core.takeAck());
    this.#arm();
  }

  #step(event: SessionEvent): void {
    const [state, actions] = stepSession(this.#standing, event, this.#options.platform.now(), this.#times);
    this.#standing = state;
    for (const action of actions) {
      // What it told may have ended it.
      if (this.state !== "closed") this.#perform(action);
    }
  }

  #perform(action: SessionAction): void {
    const { onTold, onDial } = this.#options;
    switch (action.type) {
      case "use":
        this.#present = this.#paths.get(action.path);
        this.#hold(false);
        this.#outbox.use(this.#present);
        this.#voice.use(this.#present);
        this.#outbox.pump();
        return;
      case "detach":
        this.#present = undefined;
        this.#outbox.use(undefined);
        this.#voice.use(undefined);
        this.#hold(true);
        this.#outbox.pump();
        return this.#arm(); // it may be lost soon
      case "close": {
        const path = this.#paths.get(action.path);
        if (action.soon) return path?.closeSoon();
        this.#paths.delete(action.path);
        path?.abort(connectionGone(this.#who));
        return;
      }
      case "tell":
        return onTold(action.event);
      case "dial":
        return onDial();
      case "lose":
        return this.#end(lostBy(this.#who, this.#standing, this.#times));
      default:
        action satisfies never;
    }
  }

  #hold(hold: boolean): void {
    if (hold === this.#holding) return;
    this.#holding = hold;
    this.#options.platform.keepAlive(hold);
  }

  #end(error: Error | undefined, how: "abort" | "close" = error === undefined ? "close" : "abort"): void {
    if (this.state === "closed") return;
    const { platform, onEnd } = this.#options;
    const unsent = this.#outbox.close();
    platform.stopTimer(this.#timer);
    this.#hold(false);
    this.#parting.close();
    const waiting = this.#idle ? unsent : [];
    this.#present = undefined;
    const reason = error === undefined || error instanceof SkeinError ? error : connectionGone(this.#who, error);
    for (const path of this.#paths.values()) {
      if (how === "close" || reason === undefined) path.leave();
      else path.abort(reason);
    }
    this.#paths.clear();
    [this.#standing] = stepSession(this.#standing, { type: "ended" }, platform.now(), this.#times);
    this.#over.resolve(reason);
    onEnd(reason, waiting);
  }
}
