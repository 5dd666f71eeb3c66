/** What two sides tell each other to connect, as plain objects: werift's own classes parse them again. */

export class RTCSessionDescription {
  readonly type: "offer" | "answer";
  readonly sdp: string;

  constructor({ type, sdp }: { readonly type: "offer" | "answer"; readonly sdp: string }) {
    this.type = type;
    this.sdp = sdp;
  }

  toJSON(): { type: string; sdp: string } {
    return { type: this.type, sdp: this.sdp };
  }
}

export interface CandidateInit {
  readonly candidate?: string | undefined;
  readonly sdpMid?: string | null | undefined;
  readonly sdpMLineIndex?: number | null | undefined;
  readonly usernameFragment?: string | null | undefined;
}

export class RTCIceCandidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
  readonly usernameFragment: string | null;

  constructor({ candidate = "", sdpMid, sdpMLineIndex, usernameFragment }: CandidateInit) {
    this.candidate = candidate;
    this.sdpMid = sdpMid ?? null;
    this.sdpMLineIndex = sdpMLineIndex ?? null;
    this.usernameFragment = usernameFragment ?? null;
  }

  toJSON(): Required<CandidateInit> {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = this;
    return { candidate, sdpMid, sdpMLineIndex, usernameFragment };
  }
}
