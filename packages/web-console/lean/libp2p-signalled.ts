/** In place of WebRTC, which a page that watches over the one connection to its console has switched off. */
import { notHere } from "./not-here.ts";

export function signalledTransport(): never {
  throw notHere("WebRTC");
}
