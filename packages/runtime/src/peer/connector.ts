/** Opens and accepts connections, and has each side prove its membership before anything else is done on them. */
import { DIAL_TIMEOUT_MS, JOIN_TIMEOUT_MS, UNJOINED_CONNECTIONS_LIMIT } from "../defaults.ts";
import { type SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import type { SessionWords } from "../wire/messages.ts";
import { Admission, type Unjoined } from "./admission.ts";
import { type Introduction, type Member, join, welcome } from "./handshake.ts";
import {
  FURTHER_PROTOCOLS,
  JOIN_PROTOCOL,
  MESSAGES_PROTOCOL,
  type LimitedLink,
  type NetworkConnection,
  type NetworkHandlers,
  type NetworkHost,
} from "./network.ts";
import type { PathLinks } from "./peer-path.ts";
import type { Standing } from "./standing.ts";
import { notAMember } from "./membership.ts";
import { REFUSAL_LINGER_MS, TurnedAway } from "./turned-away.ts";
import { unlessAborted } from "./unless-aborted.ts";
import { unreachable } from "./unreachable.ts";

/** What this side said about the session when a connection was joined. */
export interface Greeting {
  readonly words: SessionWords;
  /** Connections of the session that are no more for the side that dialled. */
  readonly replaces: readonly number[];
}

/** A connection on which both sides are members, with the two links of a session. */
export interface Joined extends PathLinks {
  readonly member: Member;
  readonly greeting: Greeting;
}

export interface ConnectorOptions {
  readonly platform: Platform;
  readonly standing: Standing;
  readonly introduce: () => Omit<Introduction, "session">;
  readonly sessions: Sessions;
  /** A connection came to nothing: one of its ends is no member for the other. */
  readonly onRefused: (connection: NetworkConnection, error: SkeinError) => void;
}

/** Those who keep the sessions that connections are for. */
export interface Sessions {
  /** What to say about the session with a peer: before it has said something (`theirs`), or in answer to that. */
  greet(remote: PeerId, theirs?: SessionWords): Greeting;
  /** Whether both sides mean the same session; if not, this side begins anew and the connection is made again. */
  agrees(remote: PeerId, greeting: Greeting, theirs: SessionWords): boolean;
  /** Somebody else opened a connection and joined. */
  joined(joined: Joined): void;
  /** The other side opened a link of a further protocol on a connection on which both have joined. */
  linked(remote: PeerId, protocol: string, link: LimitedLink): void;
  /** Whether this peer has been a member before: it may come in from an address that is barred. */
  isKnown(peer: PeerId): boolean;
  /** Such a peer has opened a connection: it is there, and about to join. */
  nearing(peer: PeerId): void;
}

export interface OpenOptions {
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The peer that is expected there, in words for people. */
  readonly who?: string | undefined;
  /** Whether a connection to this peer is still of use. */
  readonly isWanted: (remote: PeerId) => boolean;
}

interface Attempt extends OpenOptions {
  /** Both sides have joined. */
  readonly answered: () => void;
}

/** An incoming connection on its way to being a session's. */
interface Incoming {
  /** On which the other side asks to join. */
  link: LimitedLink | undefined;
  greeting: Greeting | undefined;
  member: Member | undefined;
  control: LimitedLink | undefined;
  readonly entrance: Unjoined;
}

/** Links of further protocols that came before the session knew of the connection. */
type Early = { readonly protocol: string; readonly link: LimitedLink }[];
const EARLY_LIMIT = 8;

export class Connector implements NetworkHandlers {
  readonly #options: ConnectorOptions;
  readonly #incoming = new Map<NetworkConnection, Incoming>();
  /** Connections on which the other side has proved itself. */
  readonly #proved = new WeakMap<NetworkConnection, Early | "joined">();
  readonly #admission = new Admission();
  readonly #turned: TurnedAway;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#turned = new TurnedAway(options);
  }

  /**
   * Dials one peer and joins. Gives nothing when no connection to it is wanted (any more).
   *
   * @throws {SkeinError} `PEER_UNREACHABLE`, or why the other side, or this one, refused
   */
  async open(host: NetworkHost, addresses: readonly string[], options: OpenOptions): Promise<Joined | undefined> {
    const { platform } = this.#options;
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(unreachable(addresses, "no longer wanted", options.who));
    const late = (): void => abort.abort(unreachable(addresses, "no answer in time", options.who));
    let timer = platform.startTimer(options.timeoutMs, late);
    // The other side takes the connection for the session's from then on: who gave up now would take it from it again.
    const answered = (): void => {
      platform.stopTimer(timer);
      timer = platform.startTimer(DIAL_TIMEOUT_MS, late);
    };
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const startedMs = platform.now();
      try {
        return await this.#open(host, addresses, { ...options, answered }, abort.signal);
      } catch (error) {
        // This process was so busy that the other side gave up waiting for its first words: once more.
        const slow = platform.now() - startedMs >= JOIN_TIMEOUT_MS && isSkeinError(error, "PEER_UNREACHABLE");
        if (!slow || abort.signal.aborted) throw error;
        return await this.#open(host, addresses, { ...options, answered }, abort.signal);
      }
    } finally {
      platform.stopTimer(timer);
      options.signal?.removeEventListener("abort", onAbort);
    }
  }

  async #open(
    host: NetworkHost,
    addresses: readonly string[],
    options: Attempt,
    signal: AbortSignal,
  ): Promise<Joined | undefined> {
    // When one of the two began anew, the other knows that at the second dial.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const joined = await this.#dial(host, addresses, options, signal);
      if (joined !== "anew") return joined;
    }
    throw unreachable(addresses, "it knows nothing of the session it agreed to", options.who);
  }

  async #dial(
    host: NetworkHost,
    addresses: readonly string[],
    options: Attempt,
    signal: AbortSignal,
  ): Promise<Joined | "anew" | undefined> {
    const { standing, introduce, sessions } = this.#options;
    const connection = await dial(host, addresses, signal, options.who);
    const { remote } = connection;
    try {
      if (signal.aborted || !options.isWanted(remote)) {
        connection.close();
        return undefined;
      }
      const control = await connection.openLink(JOIN_PROTOCOL, signal);
      const greeting = sessions.greet(remote);
      const member = await join(control, remote, standing, { ...introduce(), session: greeting.words }, signal);
      if (!sessions.agrees(remote, greeting, member.session)) {
        connection.close();
        return "anew";
      }
      this.#proved.set(connection, []);
      options.answered();
      const messages = await connection.openLink(MESSAGES_PROTOCOL, signal);
      return { member, greeting, connection, control, messages };
    } catch (error) {
      connection.close();
      if (!isSkeinError(error)) throw unreachable(addresses, error, options.who);
      if (error.code !== "PEER_UNREACHABLE") this.#options.onRefused(connection, error);
      throw error;
    }
  }

  /** The session has taken a joined connection: what came on it meanwhile is handed on. */
  taken(connection: NetworkConnection): void {
    const early = this.#proved.get(connection);
    this.#proved.set(connection, "joined");
    if (early === undefined || early === "joined") return;
    for (const { protocol, link } of early) this.#options.sessions.linked(connection.remote, protocol, link);
  }

  /** Ends what a peer is about to join on. */
  refuse(peer: PeerId): void {
    for (const connection of this.#incoming.keys()) if (connection.remote === peer) connection.close();
  }

  connected(connection: NetworkConnection): void {
    const { platform, sessions } = this.#options;
    const { remote: peer, address } = connection;
    const known = sessions.isKnown(peer);
    const full = this.#incoming.size >= UNJOINED_CONNECTIONS_LIMIT && !known;
    const giveWay = (): void => {
      const link = this.#incoming.get(connection)?.link;
      this.#turnAway(connection);
      if (link !== undefined) this.#turned.linked(connection, JOIN_PROTOCOL, link);
    };
    const entrance = full ? undefined : this.#admission.enter({ address, peer, known, giveWay }, platform.now());
    if (entrance === undefined) return this.#turnAway(connection);
    const incoming: Incoming = {
      link: undefined,
      greeting: undefined,
      member: undefined,
      control: undefined,
      entrance,
    };
    this.#incoming.set(connection, incoming);
    if (known) sessions.nearing(peer);
    // Who has been a member may be far away: its next words take a round trip or two.
    const timer = platform.startTimer(known ? DIAL_TIMEOUT_MS : JOIN_TIMEOUT_MS, () => {
      // If this process was blocked, the other's words may wait to be read: look once more after the event loop's turn.
      platform.nextTurn(() =>
        platform.nextTurn(() => {
          if (incoming.member === undefined) this.#refuse(connection, entrance, notAMember("it didn't join in time"));
        }),
      );
    });
    // Whoever joined and then opens no session is let go too.
    const linger = platform.startTimer(DIAL_TIMEOUT_MS, () => {
      if (this.#incoming.has(connection)) connection.close();
    });
    const ended = (): void => {
      platform.stopTimer(timer);
      platform.stopTimer(linger);
      this.#incoming.delete(connection);
      // Also of whoever goes before it is refused.
      entrance.failed(platform.now());
    };
    void connection.closed.then(ended);
  }

  linked(connection: NetworkConnection, protocol: string, link: LimitedLink): void {
    const proved = this.#proved.get(connection);
    if (proved !== undefined && FURTHER_PROTOCOLS.includes(protocol)) {
      if (proved === "joined") this.#options.sessions.linked(connection.remote, protocol, link);
      else if (proved.length < EARLY_LIMIT) proved.push({ protocol, link });
      else link.abort(notAMember("join first"));
      return;
    }
    if (this.#turned.has(connection)) return this.#turned.linked(connection, protocol, link);
    // Also a connection that we opened gives links to the other side: none of these are expected there.
    const incoming = this.#incoming.get(connection);
    if (incoming === undefined) return link.abort(notAMember("nothing is expected on this connection"));
    const { member, greeting, control } = incoming;
    if (protocol === JOIN_PROTOCOL && incoming.link === undefined) {
      incoming.link = link;
      void this.#welcome(connection, incoming, link);
    } else if (
      protocol === MESSAGES_PROTOCOL &&
      member !== undefined &&
      greeting !== undefined &&
      control !== undefined
    ) {
      this.#incoming.delete(connection);
      this.#options.sessions.joined({ member, greeting, connection, control, messages: link });
    } else link.abort(notAMember("join first"));
  }

  async #welcome(connection: NetworkConnection, incoming: Incoming, link: LimitedLink): Promise<void> {
    const { standing, introduce, sessions } = this.#options;
    const { remote } = connection;
    const abort = new AbortController();
    void connection.closed.then(() => abort.abort(unreachable([connection.address], "it closed the connection")));
    try {
      const answer = (theirs: SessionWords): Introduction => {
        const greeting = sessions.greet(remote, theirs);
        incoming.greeting = greeting;
        return { ...introduce(), session: greeting.words };
      };
      const member = await welcome(link, remote, standing, answer, abort.signal);
      incoming.control = link;
      incoming.member = member;
      incoming.entrance.joined();
      this.#proved.set(connection, []);
    } catch (error) {
      this.#refuse(connection, incoming.entrance, isSkeinError(error) ? error : notAMember(errorFrom(error).message));
    }
  }

  /** Too many came from there. */
  #turnAway(connection: NetworkConnection): void {
    this.#incoming.delete(connection);
    this.#turned.add(connection);
  }

  #refuse(connection: NetworkConnection, entrance: Unjoined, error: SkeinError): void {
    this.#incoming.delete(connection);
    entrance.failed(this.#options.platform.now());
    // The answer that says why must leave before the connection closes.
    this.#options.platform.startTimer(REFUSAL_LINGER_MS, () => connection.close());
    if (error.code !== "PEER_UNREACHABLE") this.#options.onRefused(connection, error);
  }
}

async function dial(
  host: NetworkHost,
  addresses: readonly string[],
  signal: AbortSignal,
  who: string | undefined,
): Promise<NetworkConnection> {
  try {
    // Not every transport ends with its signal.
    return await unlessAborted(host.dial(addresses, signal), signal, (connection) => connection.close());
  } catch (error) {
    throw unreachable(addresses, error, who);
  }
}
