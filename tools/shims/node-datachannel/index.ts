/** The names that @libp2p/webrtc's WebRTC-direct imports: werift can't do what that needs, so they only say so. */
function absent(): never {
  throw new Error("WebRTC-direct is not there: werift stands in the place of node-datachannel");
}

export { absent as IceUdpMuxListener, absent as PeerConnection };
