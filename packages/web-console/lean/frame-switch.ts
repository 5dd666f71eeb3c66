/** In place of where a peer's frames go: behind a page that watches there are no server processes. */
import { endpointKey } from "../../runtime/src/contracts/endpoint.ts";
import { errorFrom } from "../../runtime/src/errors.ts";
import type { PeerId } from "../../runtime/src/ids.ts";
import type { Carrier } from "../../runtime/src/link/carrier.ts";
import { admitFrame } from "../../runtime/src/peer/admit-frame.ts";
import type { FrameSwitch as Full, FrameSwitchOptions } from "../../runtime/src/peer/frame-switch.ts";
import { publicKeyOf } from "../../runtime/src/peer/identity.ts";
import { fromServer, toServer } from "../../runtime/src/wire/frames.ts";
import { notHere } from "./not-here.ts";

const CLOSED: Carrier = { state: "closed", send: () => {}, whenOpen: () => {} };

export class FrameSwitch implements Pick<Full, keyof Full> {
  readonly #options: FrameSwitchOptions;
  readonly #selfKey: Uint8Array;

  constructor(options: FrameSwitchOptions) {
    this.#options = options;
    this.#selfKey = publicKeyOf(options.self);
  }

  attach(): never {
    throw notHere("server processes");
  }

  serverCarrier(): Carrier {
    return CLOSED;
  }

  /** As the full one judges it. @throws {SkeinError} `WIRE_INVALID`: the session must end */
  fromPeer(frame: Uint8Array, peer: PeerId, rolesMask: number): void {
    const { table, receive, logger, lost } = this.#options;
    const from = admitFrame(frame, peer, rolesMask, table, this.#selfKey);
    // There is none, and nobody was told of one.
    if (toServer(frame) !== 0) return;
    if (fromServer(frame) === 0) return receive(frame);
    try {
      receive(frame);
    } catch (error) {
      // Code of others wrote it: what is wrong with it is not that peer's fault.
      logger.warn("endpoint.misbehaved", { endpoint: endpointKey(from), error });
      lost(from, errorFrom(error));
    }
  }

  holds(): boolean {
    return false;
  }

  forwards(): boolean {
    return false;
  }

  lostPeer(): void {}

  lostServer(): void {}
}
