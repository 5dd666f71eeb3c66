/** The browser's WebRTC for libp2p. Loaded when the first connection is to become one. */
import { webRTC } from "@libp2p/webrtc";
import { WEBRTC_BUFFERED_BYTES, WEBRTC_MESSAGE_BYTES } from "@skein/runtime/host";

/** A factory as libp2p's `transports` take it. */
export const browserWebRtc = (): unknown =>
  webRTC({
    // Nobody on the internet is asked where this page is.
    rtcConfiguration: { iceServers: [] },
    dataChannel: { maxMessageSize: WEBRTC_MESSAGE_BYTES, maxBufferedAmount: WEBRTC_BUFFERED_BYTES },
  });
