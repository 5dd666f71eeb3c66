/** werift as `node-datachannel/polyfill`: WebRTC's classes as browsers have them, as far as @libp2p/webrtc uses them. */
export { RTCIceCandidate, RTCSessionDescription } from "./descriptions.ts";
export { RTCDataChannel } from "./data-channel.ts";
export { RTCPeerConnection } from "./peer-connection.ts";
