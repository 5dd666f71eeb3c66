/**
 * `tab-bulk`: bytes from a page in Chromium to a program: ours beside the bare libp2p stream by WebSocket and by WebRTC, and
 * that by werift beside the native stack.
 */
import { runBench } from "./harness.ts";
import { openPageSides } from "./page-sides.ts";

const BYTES = 20 * 1024 * 1024;

export async function run(): Promise<void> {
  const sides = await openPageSides(["ours ws", "bare ws", "ours webrtc", "bare webrtc", "bare native"]);
  const bulk = (name: Parameters<typeof sides.bulk>[0]) => () => sides.bulk(name, BYTES);
  const unit = "1/s";
  try {
    const peerName = "bare libp2p stream (ws, noise, yamux)";
    await runBench({ bench: "tab-bulk-ws", ours: bulk("ours ws"), peer: bulk("bare ws"), peerName, unit });
    await runBench({
      bench: "tab-bulk-webrtc",
      ours: bulk("ours webrtc"),
      peer: bulk("bare webrtc"),
      peerName: "bare libp2p stream (webrtc, werift)",
      unit,
    });
    await runBench({
      bench: "tab-bulk-werift",
      ours: bulk("bare webrtc"),
      peer: bulk("bare native"),
      peerName: "node-datachannel in the place of werift",
      unit,
    });
  } finally {
    await sides.close();
  }
}
