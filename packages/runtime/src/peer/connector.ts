/** Opens and accepts connections, and has each side prove its membership before anything else is done on them. */
import { DIAL_TIMEOUT_MS, JOIN_TIMEOUT_MS } from "../defaults.ts";
import type { Link } from "../contracts/link.ts";
import { SkeinError, errorFrom, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import { FailedJoins } from "./admission.ts";
import { type Introduction, type Member, join, welcome } from "./handshake.ts";
import {
  JOIN_PROTOCOL,
  MESSAGES_PROTOCOL,
  type LimitedLink,
  type NetworkConnection,
  type NetworkHandlers,
  type NetworkHost,
} from "./network.ts";
import type { Standing } from "./standing.ts";
import { notAMember } from "./membership.ts";

/** A connection on which both sides are members, with the two links of a session. */
export interface Joined {
  readonly member: Member;
  readonly connection: NetworkConnection;
  readonly control: Link;
  readonly messages: Link;
}

export interface ConnectorOptions {
  readonly platform: Platform;
  readonly standing: Standing;
  readonly introduce: () => Introduction;
  /** Somebody else opened a connection and joined. */
  readonly onJoined: (joined: Joined) => void;
  /** A connection from outside came to nothing. */
  readonly onRefused: (address: string, error: SkeinError) => void;
  /** Whether this peer has been a member before: it may come in from an address that is barred. */
  readonly isKnown: (peer: PeerId) => boolean;
  /** Whether to send away a peer that dials us, because we are dialling it and ours is to stay. */
  readonly prefersOwnDial: (connection: NetworkConnection) => boolean;
}

/** Whether a connection belongs to a peer that has its session already. */
type IsHere = (connection: NetworkConnection) => boolean;

/** An incoming connection on its way to being a session. */
interface Incoming {
  joining: boolean;
  member: Member | undefined;
  control: LimitedLink | undefined;
}

export class Connector implements NetworkHandlers {
  readonly #options: ConnectorOptions;
  readonly #incoming = new Map<NetworkConnection, Incoming>();
  readonly #failed = new FailedJoins();

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /**
   * Dials one peer and joins. Gives nothing when the connection that was there already is the one wanted.
   *
   * @throws {SkeinError} `PEER_UNREACHABLE`, or why the other side, or this one, refused
   */
  async open(host: NetworkHost, addresses: readonly string[], isHere: IsHere): Promise<Joined | undefined> {
    const { platform } = this.#options;
    const abort = new AbortController();
    const timer = platform.startTimer(DIAL_TIMEOUT_MS, () => abort.abort(unreachable(addresses, "no answer in time")));
    try {
      const startedMs = platform.now();
      try {
        return await this.#open(host, addresses, isHere, abort.signal);
      } catch (error) {
        // This process was so busy that the other side gave up waiting for its first words: once more.
        const slow = platform.now() - startedMs >= JOIN_TIMEOUT_MS && isSkeinError(error, "PEER_UNREACHABLE");
        if (!slow || abort.signal.aborted) throw error;
        return await this.#open(host, addresses, isHere, abort.signal);
      }
    } finally {
      platform.stopTimer(timer);
    }
  }

  async #open(
    host: NetworkHost,
    addresses: readonly string[],
    isHere: IsHere,
    signal: AbortSignal,
  ): Promise<Joined | undefined> {
    const { standing } = this.#options;
    const connection = await dial(host, addresses, signal);
    if (isHere(connection)) return undefined;
    try {
      const control = await connection.openLink(JOIN_PROTOCOL, signal);
      const member = await join(control, connection.remote, standing, this.#options.introduce(), signal);
      const messages = await connection.openLink(MESSAGES_PROTOCOL, signal);
      return { member, connection, control, messages };
    } catch (error) {
      connection.close();
      throw isSkeinError(error) ? error : unreachable(addresses, error);
    }
  }

  connected(connection: NetworkConnection): void {
    const { platform } = this.#options;
    const barred = this.#failed.isBarred(connection.address, platform.now());
    if (barred && !this.#options.isKnown(connection.remote)) {
      connection.close();
      return;
    }
    const incoming: Incoming = { joining: false, member: undefined, control: undefined };
    this.#incoming.set(connection, incoming);
    const timer = platform.startTimer(JOIN_TIMEOUT_MS, () => {
      // If this process was blocked, the other's words may wait to be read: look once more after the event loop's turn.
      platform.nextTurn(() =>
        platform.nextTurn(() => {
          if (incoming.member === undefined) this.#refuse(connection, notAMember("it didn't join in time"));
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
    };
    void connection.closed.then(ended);
  }

  linked(connection: NetworkConnection, protocol: string, link: LimitedLink): void {
    // Also a connection that we opened gives links to the other side: none are expected there.
    const incoming = this.#incoming.get(connection);
    if (incoming === undefined) return link.abort(notAMember("nothing is expected on this connection"));
    if (protocol === JOIN_PROTOCOL && !incoming.joining) {
      incoming.joining = true;
      void this.#welcome(connection, incoming, link);
    } else if (protocol === MESSAGES_PROTOCOL && incoming.member !== undefined && incoming.control !== undefined) {
      this.#incoming.delete(connection);
      this.#options.onJoined({ member: incoming.member, connection, control: incoming.control, messages: link });
    } else link.abort(notAMember("join first"));
  }

  async #welcome(connection: NetworkConnection, incoming: Incoming, link: LimitedLink): Promise<void> {
    const { standing } = this.#options;
    const abort = new AbortController();
    void connection.closed.then(() => abort.abort(unreachable([connection.address], "it closed the connection")));
    try {
      if (this.#options.prefersOwnDial(connection))
        throw unreachable([connection.address], "it is being dialled itself");
      const member = await welcome(link, connection.remote, standing, this.#options.introduce(), abort.signal);
      incoming.control = link;
      incoming.member = member;
    } catch (error) {
      this.#refuse(connection, isSkeinError(error) ? error : notAMember(errorFrom(error).message));
    }
  }

  #refuse(connection: NetworkConnection, error: SkeinError): void {
    this.#incoming.delete(connection);
    if (error.code !== "PEER_UNREACHABLE") this.#failed.failed(connection.address, this.#options.platform.now());
    // The answer that says why must leave before the connection closes.
    this.#options.platform.startTimer(REFUSAL_LINGER_MS, () => connection.close());
    if (error.code !== "PEER_UNREACHABLE") this.#options.onRefused(connection.address, error);
  }
}

/** How long a refused connection stays, so that the refusal arrives. */
const REFUSAL_LINGER_MS = 200;

async function dial(host: NetworkHost, addresses: readonly string[], signal: AbortSignal): Promise<NetworkConnection> {
  try {
    return await host.dial(addresses, signal);
  } catch (error) {
    throw unreachable(addresses, error);
  }
}

export const unreachable = (addresses: readonly string[], cause: unknown): SkeinError =>
  new SkeinError(
    "PEER_UNREACHABLE",
    `no connection to ${addresses.length === 0 ? "a peer without known addresses" : addresses.slice(0, 4).join(", ")}` +
      (typeof cause === "string" ? `: ${cause}` : ""),
    {
      hint: "is it running, and may this machine reach it?",
      ...(typeof cause === "string" ? {} : { cause }),
    },
  );
