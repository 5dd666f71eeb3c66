/** What a host says for the server processes behind it: that one is gone, and what may not pass. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Codec } from "../wire/codec.ts";
import { FrameKind, HEADER_BYTES, frameEpoch, payloadOf, setEpochs, writeHeader } from "../wire/frames.ts";
import { Entry, type LostNotice, type WireEntry } from "../wire/messages.ts";
import { bulkOf, requestId } from "../wire/schema.ts";
import { BULK_BODY, BulkWord, bulkFrame } from "./bulk-words.ts";
import type { EndpointTable } from "./identity.ts";

export interface HostWordsOptions {
  readonly self: PeerId;
  readonly table: EndpointTable;
  readonly codec: Codec;
}

/** Frames to send in answer to one that may not pass. */
export interface Refusals {
  /** Answers the requests and calls in it, if there are any. */
  readonly answer: Uint8Array | undefined;
  /** Stop what was to come by bulk for them. */
  readonly stops: readonly Uint8Array[];
}

export class HostWords {
  readonly #options: HostWordsOptions;

  constructor(options: HostWordsOptions) {
    this.#options = options;
  }

  /** Tells `to` that somebody is gone. */
  notice(to: Endpoint, notice: LostNotice): Uint8Array {
    return this.#frame(FrameKind.lost, 0, to, notice);
  }

  /** Refuses each call of a frame from `from` to a server process: only here is a payload of another process opened. */
  refusals(frame: Uint8Array, from: Endpoint, server: number, error: SkeinError): Refusals {
    const { entries } = this.#options.codec.decodeEntries(payloadOf(frame));
    const stops: Uint8Array[] = [];
    const refusals: WireEntry[] = [];
    for (const value of entries) {
      const transfer = bulkOf(value);
      if (transfer !== undefined) stops.push(this.#stop(transfer, frame, from, server, error));
      const id = requestId(value);
      if (id !== undefined) refusals.push([Entry.refusal, id, error]);
    }
    if (refusals.length === 0) return { answer: undefined, stops };
    const answer = this.#frame(FrameKind.messages, server, from, refusals);
    setEpochs(answer, 0, frameEpoch(frame));
    return { answer, stops };
  }

  #stop(transfer: number, frame: Uint8Array, from: Endpoint, server: number, error: SkeinError): Uint8Array {
    const { table, self, codec } = this.#options;
    const bytes = codec.encode(error);
    const word = bulkFrame(BulkWord.stop, transfer, bytes.byteLength);
    word.set(bytes, BULK_BODY);
    writeHeader(word, FrameKind.bulk, table.bytesOf({ peer: self, server }), table.bytesOf(from));
    setEpochs(word, 0, frameEpoch(frame));
    return word;
  }

  #frame(kind: FrameKind, fromServer: number, to: Endpoint, payload: unknown): Uint8Array {
    const { codec, table, self } = this.#options;
    const frame = codec.encode(payload, HEADER_BYTES);
    writeHeader(frame, kind, table.bytesOf({ peer: self, server: fromServer }), table.bytesOf(to));
    return frame;
  }
}
