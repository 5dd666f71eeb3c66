/** Data channels as our streams want them: filled again before they are empty. */
import type { Stream } from "@libp2p/interface";
import { WEBRTC_REFILL_BYTES } from "../defaults.ts";

/**
 * Has a stream of WebRTC ask for more when so much is left to send: @libp2p/webrtc waits until nothing is, and the
 * connection idles for a turn each time. Another stream is left as it is.
 */
export function refillEarly(stream: Stream): void {
  if (!("channel" in stream)) return;
  const { channel } = stream;
  if (typeof channel !== "object" || channel === null || !("bufferedAmountLowThreshold" in channel)) return;
  channel.bufferedAmountLowThreshold = WEBRTC_REFILL_BYTES;
}
