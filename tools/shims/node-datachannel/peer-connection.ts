/** A peer connection as browsers have it, over werift's. */
import { RTCPeerConnection as WeriftConnection } from "werift";
import { RTCDataChannel } from "./data-channel.ts";
import { type CandidateInit, RTCIceCandidate } from "./descriptions.ts";
import { EventSource } from "./event-source.ts";
import { guardSctp, keepId } from "./sctp-guard.ts";

type Handler = ((event: Event) => void) | null;
interface Description {
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

interface Configuration {
  readonly iceServers?: readonly {
    readonly urls: string | readonly string[];
    readonly username?: string;
    readonly credential?: string;
  }[];
  readonly iceTransportPolicy?: "all" | "relay";
  /** Not of browsers: the ports it may use, the first and the last. */
  readonly udpPorts?: [number, number];
}

/** Largest message of a channel, as browsers have it. */
const MESSAGE_BYTES = 256 * 1024;

export class RTCPeerConnection extends EventSource {
  onconnectionstatechange: Handler = null;
  ondatachannel: Handler = null;
  onicecandidate: Handler = null;
  onicecandidateerror: Handler = null;
  oniceconnectionstatechange: Handler = null;
  onicegatheringstatechange: Handler = null;
  onsignalingstatechange: Handler = null;
  onnegotiationneeded: Handler = null;
  readonly #connection: WeriftConnection;
  #closed = false;

  constructor({ iceServers = [], iceTransportPolicy = "all", udpPorts }: Configuration = {}) {
    super();
    const connection = new WeriftConnection({
      iceServers: iceServers.flatMap(({ urls, username, credential }) =>
        [urls].flat().map((url) => ({
          urls: url,
          ...(username === undefined ? {} : { username }),
          ...(credential === undefined ? {} : { credential }),
        })),
      ),
      iceTransportPolicy,
      maxMessageSize: MESSAGE_BYTES,
      ...(udpPorts === undefined ? {} : { icePortRange: udpPorts }),
    });
    this.#connection = connection;
    connection.connectionStateChange.subscribe((state) => {
      this.tell("connectionstatechange");
      // Browsers tell nobody; libp2p waits for it.
      if (state === "closed") this.tell("close");
    });
    connection.iceConnectionStateChange.subscribe(() => this.tell("iceconnectionstatechange"));
    connection.iceGatheringStateChange.subscribe(() => this.tell("icegatheringstatechange"));
    connection.signalingStateChange.subscribe(() => this.tell("signalingstatechange"));
    connection.onIceCandidate.subscribe((candidate) =>
      this.tell("icecandidate", { candidate: candidate === undefined ? null : new RTCIceCandidate(candidate) }),
    );
    connection.onDataChannel.subscribe((channel) => this.tell("datachannel", { channel: new RTCDataChannel(channel) }));
  }

  get connectionState(): string {
    return this.#connection.connectionState;
  }

  get iceConnectionState(): string {
    return this.#connection.iceConnectionState;
  }

  get iceGatheringState(): string {
    return this.#connection.iceGatheringState;
  }

  get signalingState(): string {
    return this.#connection.signalingState;
  }

  get localDescription(): WeriftConnection["localDescription"] {
    return this.#connection.localDescription;
  }

  get remoteDescription(): WeriftConnection["remoteDescription"] {
    return this.#connection.remoteDescription;
  }

  /** werift's own, for tests. */
  get sctp(): WeriftConnection["sctp"] {
    return this.#connection.sctp;
  }

  createDataChannel(label: string, options: Parameters<WeriftConnection["createDataChannel"]>[1] = {}): RTCDataChannel {
    const channel = this.#connection.createDataChannel(label, options);
    this.#guard();
    keepId(this.#connection, channel);
    return new RTCDataChannel(channel);
  }

  createOffer(): ReturnType<WeriftConnection["createOffer"]> {
    return this.#connection.createOffer();
  }

  createAnswer(): ReturnType<WeriftConnection["createAnswer"]> {
    return this.#connection.createAnswer();
  }

  async setLocalDescription(description: Description): Promise<void> {
    await this.#connection.setLocalDescription(description);
    this.#guard();
  }

  async setRemoteDescription({ type, sdp }: Description): Promise<void> {
    await this.#connection.setRemoteDescription({ type, sdp });
    this.#guard();
  }

  /**
   * Resolves at once: werift looks up the `<uuid>.local` names by which browsers hide their addresses, for ever, and
   * libp2p's signalling waits for it. The connection comes about without them.
   */
  async addIceCandidate(candidate: CandidateInit | null | undefined): Promise<void> {
    if (candidate === null || candidate === undefined) return;
    const { candidate: text = "", sdpMid, sdpMLineIndex } = candidate;
    const init = {
      candidate: text,
      ...(typeof sdpMid === "string" ? { sdpMid } : {}),
      ...(typeof sdpMLineIndex === "number" ? { sdpMLineIndex } : {}),
    };
    this.#connection.addIceCandidate(init).catch(() => {
      // One that can't be used: another will do.
    });
    await Promise.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close().catch(() => {
      // What was open of it is closed.
    });
  }

  #guard(): void {
    guardSctp(this.#connection, () => this.close());
  }
}
