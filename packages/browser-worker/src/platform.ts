/** The browser's {@link Platform}: works on plain-http pages too, where WebCrypto's `subtle` is missing. */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { NetworkParts, Platform } from "@skein/runtime";
import type { KeyPair } from "@skein/runtime/host";
import { createBasePlatform, randomBytes } from "./base-platform.ts";

/**
 * What a browser gives the runtime: a page, or a dedicated or shared worker. Hashes and Ed25519 are synchronous
 * (noble), turns come by messages and never by timers, and the network is WebSocket (`ws`, `wss`), dialling only,
 * and WebRTC where the browser has it.
 *
 * @example
 * const runtime = createRuntime({ platform: createBrowserPlatform() });
 */
export function createBrowserPlatform(): Platform {
  return {
    ...createBasePlatform(),
    generateKey: () => keyPair(randomBytes(32)),
    keyPair,
    sign: (privateKey, bytes) => Uint8Array.from(ed25519.sign(bytes, privateKey)),
    // RFC 8032's strict rule (no ZIP215 leniency), so that Node and browsers accept exactly the same signatures.
    verify: (publicKey, bytes, signature) => verify(publicKey, bytes, signature),
    network,
  };
}

/** Loaded by the first peer: libp2p is the larger part of a page, and a page shows something before it is there. */
async function network(): Promise<NetworkParts> {
  const { webSockets } = await import("@libp2p/websockets");
  return {
    transports: [webSockets()],
    dials: ["ws", "wss"],
    // Not in workers, and not in every WebKit.
    ...(typeof RTCPeerConnection === "undefined" ? {} : { webRtc }),
    listens: false,
  };
}

const webRtc = async (): Promise<unknown> => (await import("./network-webrtc.ts")).browserWebRtc();

function keyPair(privateKey: Uint8Array): KeyPair {
  return { privateKey: Uint8Array.from(privateKey), publicKey: Uint8Array.from(ed25519.getPublicKey(privateKey)) };
}

/** A signature or key of the wrong length is a wrong one, not an error: it came from outside. */
function verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return ed25519.verify(signature, bytes, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
