/** A bare libp2p with WebSocket and WebRTC, in Node and in browsers, as ours is set but with nothing of ours. */
import { noise } from "@chainsafe/libp2p-noise";
import { serviceDependencies } from "@libp2p/interface";
import { webRTC } from "@libp2p/webrtc";
import { webSockets } from "@libp2p/websockets";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p } from "libp2p";

export const BENCH_PROTOCOL = "/bench/1";

type MakeWebRtc = ReturnType<typeof webRTC>;

/** It wants identify and a relay, which nothing here needs. */
const direct: MakeWebRtc = (components) =>
  Object.defineProperty(webRTC({ rtcConfiguration: { iceServers: [] } })(components), serviceDependencies, {
    value: [],
  });

export const bareLibp2p = (listen: readonly string[]): Promise<Libp2p> =>
  createLibp2p({
    addresses: { listen: [...listen] },
    transports: [webSockets({ maxBufferedAmount: 1024 * 1024, bufferedAmountPollInterval: 2 }), direct],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ enableKeepAlive: false })],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });
