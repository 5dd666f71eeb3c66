/** WebRTC for libp2p on Node, by werift in the place of a native module. Loaded when the first connection is to become one. */
import { webRTC } from "@libp2p/webrtc";
import type { NetworkWishes } from "@skein/runtime";
import { WEBRTC_BUFFERED_BYTES, WEBRTC_MESSAGE_BYTES } from "@skein/runtime/host";

/** A factory as libp2p's `transports` take it. */
export function weriftWebRtc(udpPorts: NetworkWishes["udpPorts"]): unknown {
  // Nobody on the internet is asked where this machine is. The ports are our shim's own.
  const rtcConfiguration = { iceServers: [], ...(udpPorts === undefined ? {} : { udpPorts: [...udpPorts] }) };
  return webRTC({
    rtcConfiguration,
    dataChannel: { maxMessageSize: WEBRTC_MESSAGE_BYTES, maxBufferedAmount: WEBRTC_BUFFERED_BYTES },
  });
}
