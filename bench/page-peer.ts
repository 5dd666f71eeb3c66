/** Second process of the browser benches: takes what the page sends, by ours or by a bare libp2p stream. */
import { registerHooks } from "node:module";
import { multiaddr } from "@multiformats/multiaddr";
import { startPeer, type TaskContext, type TaskRef, spawn } from "skein";
import { Codec } from "@skein/runtime/network";
import { StreamFrames } from "./tab-page/stream-frames.ts";

/** "native": WebRTC by the native module in the place of werift. */
export type PagePeerKind = "ours" | "bare" | "native";
export interface PagePeer {
  readonly address: string;
  readonly invite?: string;
}

type ToBox = Uint8Array | { readonly message: object; readonly from: TaskRef<object> };

// The bench's first process writes this argument.
const kind = process.argv[2] as PagePeerKind;
console.log(JSON.stringify(kind === "ours" ? await startOurs() : await startBare(kind === "native")));
process.stdin.resume();
process.stdin.once("end", () => process.exit(0));

async function startOurs(): Promise<PagePeer> {
  const peer = await startPeer({ listen: ["ws://127.0.0.1:0"] });
  const box = spawn(
    function* box(self: TaskContext<ToBox>) {
      for (;;) {
        const got = yield* self.receive();
        if (!(got instanceof Uint8Array)) got.from.send(got.message);
      }
    },
    [],
    { background: true },
  );
  peer.register("box", box);
  const invite = await peer.invite({ roles: ["peer"], uses: 10 });
  return { address: peer.location.addresses[0] ?? "", invite };
}

async function startBare(native: boolean): Promise<PagePeer> {
  if (native) {
    registerHooks({
      resolve: (name, context, next) =>
        next(name.replace(/^node-datachannel(?=\/|$)/, "node-datachannel-native"), context),
    });
  }
  const { BENCH_PROTOCOL, bareLibp2p } = await import("./bare-direct.ts");
  const libp2p = await bareLibp2p(["/ip4/127.0.0.1/tcp/0/ws"]);
  if (process.argv[3] === "direct") {
    libp2p.addEventListener("connection:open", ({ detail: { remoteAddr, remotePeer } }) => {
      if (remoteAddr.toString().startsWith("/webrtc")) return;
      libp2p.dial(multiaddr(`/webrtc/p2p/${remotePeer.toString()}`), { force: true }).catch(console.error);
    });
  }
  const codec = new Codec();
  await libp2p.handle(BENCH_PROTOCOL, (stream) => {
    const frames = new StreamFrames(stream, (frame) => {
      // 1: a round trip by itself, back as it came; 2: a batch, decoded and encoded as ours is; 3: all has come.
      if (frame[0] === 1) frames.send(frame);
      if (frame[0] === 2) {
        const batch = codec.encode(codec.decode(frame.subarray(1)), 1);
        batch[0] = 2;
        frames.send(batch);
      }
      if (frame[0] === 3) frames.send(frame);
    });
  });
  return { address: String(libp2p.getMultiaddrs()[0]) };
}
