/** The join protocol: before anything else both sides prove to belong to one cluster. */
import type { Labels, Role } from "../contracts/endpoint.ts";
import { UNJOINED_FRAME_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { FRAME_LIMIT_BYTES } from "../wire/frames.ts";
import type { JoinAnswer, JoinHello, SessionWords } from "../wire/messages.ts";
import { parseFirstWord, parseJoinAnswer, parseJoinProof, parseJoinReply } from "../wire/schema.ts";
import { peerOfAddress } from "./address.ts";
import { isLookedAt, lookedAt, receiveHello, receiveJoin, refusal, refused, sendJoin } from "./join-frames.ts";
import { notAMember, type Certificate } from "./membership.ts";
import type { LimitedLink } from "./network.ts";
import type { ProofAbout } from "./secret.ts";
import type { Standing } from "./standing.ts";

/** What a peer says about itself when it joins. */
export interface Introduction {
  readonly name: string;
  readonly labels?: Labels;
  readonly addresses: readonly string[];
  readonly instance: string;
  readonly session: SessionWords;
}

/** What this side knows of the other once both have proved themselves. */
export interface Member extends Introduction {
  readonly peer: PeerId;
  readonly roles: readonly Role[];
  /** Whether it says that it holds the cluster's key. */
  readonly invites: boolean;
  /** When its certificate ends, in milliseconds since 1970. Absent for whoever proved to have the secret. */
  readonly expiresMs?: number;
  /** The id of the invite it joined by, if any. */
  readonly invite?: string;
}

/** What the other side proved to be. */
type Proven = Pick<Member, "roles" | "expiresMs" | "invite">;

/**
 * The side that dialled.
 *
 * @throws {SkeinError} why the other side refused: `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`; `NOT_A_MEMBER` when
 *   the other side is no member of this cluster; `PEER_UNREACHABLE` when it closed without a word
 */
export async function join(
  link: LimitedLink,
  remote: PeerId,
  standing: Standing,
  self: Introduction,
  signal: AbortSignal,
): Promise<Member> {
  link.setFrameLimit(UNJOINED_FRAME_LIMIT_BYTES);
  const nonce = standing.newNonce();
  const hello: JoinHello = {
    ...self,
    ...credentials(standing, remote),
    ...(nonce === undefined ? {} : { nonce }),
    invites: standing.owns,
  };
  sendJoin(link, hello, standing.peer, remote);
  let reply = parseJoinReply(await receiveJoin(link, signal));
  let about: Omit<ProofAbout, "cluster" | "side"> | undefined;
  if ("challenge" in reply) {
    if (nonce === undefined) throw notAMember("the proof of a secret was asked for, and none was given here");
    about = { dialler: standing.peer, answerer: remote, nonces: [nonce, reply.challenge] };
    sendJoin(link, { proof: standing.prove({ ...about, side: "dialler" }) }, standing.peer, remote);
    reply = parseJoinAnswer(await receiveJoin(link, signal));
  }
  if (!reply.ok) throw refused(reply, standing.nowMs);
  // Without a challenge there is nothing to prove: it is one of those who joined by an invite.
  const proven: Proven =
    about === undefined || reply.proof === undefined
      ? provenBy(standing.verify(reply.certificate, remote))
      : { roles: standing.checkProof({ ...about, side: "answerer" }, reply.proof) };
  if (reply.granted !== undefined) await standing.accept(reply.granted);
  if (standing.certificate === undefined) throw notAMember("the other side gave no certificate");
  link.setFrameLimit(FRAME_LIMIT_BYTES);
  return { peer: remote, ...proven, ...saidIn(reply) };
}

/**
 * The side that was dialled. It says nothing about itself or its cluster before the other has proved itself.
 *
 * @throws {SkeinError} why it refused, after it has told the other side
 */
export async function welcome(
  link: LimitedLink,
  remote: PeerId,
  standing: Standing,
  introduce: (theirs: SessionWords) => Introduction,
  signal: AbortSignal,
): Promise<Member> {
  link.setFrameLimit(UNJOINED_FRAME_LIMIT_BYTES);
  const hello = parseFirstWord(await receiveHello(link, remote, standing, signal));
  try {
    if ("look" in hello) {
      sendJoin(link, standing.lookAt(hello.look, remote), standing.peer, remote);
      throw lookedAt();
    }
    const own = standing.certificate;
    if (own === undefined) throw notYet();
    const shown =
      hello.nonce === undefined ? undefined : await askForProof(link, remote, hello.nonce, standing, signal);
    const admitted =
      shown === undefined && hello.certificate === undefined && hello.invite !== undefined
        ? await standing.admit(hello.invite, remote)
        : undefined;
    const token = admitted ?? hello.certificate;
    if (shown === undefined && token === undefined) throw notAMember("no certificate and no invite were shown");
    const certificate = shown === undefined && token !== undefined ? standing.verify(token, remote) : undefined;
    const granted = admitted ?? (certificate === undefined ? undefined : standing.renew(certificate));
    const answer: JoinAnswer = {
      ok: true,
      ...introduce(hello.session),
      certificate: own,
      ...(shown === undefined ? {} : { proof: shown.proof }),
      ...(granted === undefined ? {} : { granted }),
      invites: standing.owns,
    };
    sendJoin(link, answer, standing.peer, remote);
    link.setFrameLimit(FRAME_LIMIT_BYTES);
    const proven = certificate === undefined ? { roles: shown?.roles ?? [] } : provenBy(certificate);
    return { peer: remote, ...proven, ...saidIn(hello) };
  } catch (error) {
    if (!isLookedAt(error)) sendJoin(link, refusal(error, standing.nowMs), standing.peer, remote);
    throw error;
  }
}

/**
 * In a secret's cluster: has whoever dialled prove that it has the secret, before this side proves the same. Elsewhere
 * nothing, since nobody here could tell.
 *
 * @throws {SkeinError} `NOT_A_MEMBER`
 */
async function askForProof(
  link: LimitedLink,
  remote: PeerId,
  nonce: Uint8Array,
  standing: Standing,
  signal: AbortSignal,
): Promise<{ readonly roles: readonly Role[]; readonly proof: Uint8Array } | undefined> {
  const challenge = standing.newNonce();
  if (challenge === undefined) return undefined;
  const about = { dialler: remote, answerer: standing.peer, nonces: [nonce, challenge] } as const;
  sendJoin(link, { challenge }, standing.peer, remote);
  const { proof } = parseJoinProof(await receiveJoin(link, signal));
  const roles = standing.checkProof({ ...about, side: "dialler" }, proof);
  return { roles, proof: standing.prove({ ...about, side: "answerer" }) };
}

/** What the other side says of itself. */
function saidIn(words: Introduction & Pick<Member, "invites">): Introduction & Pick<Member, "invites"> {
  const { name, labels, addresses, instance, session, invites } = words;
  return { name, addresses, instance, session, invites, ...(labels === undefined ? {} : { labels }) };
}

const provenBy = ({ roles, expiresMs, invite }: Certificate): Proven => ({
  roles,
  expiresMs,
  ...(invite === undefined ? {} : { invite }),
});

/** A certificate when there is one; the invite only to whom it names, since whoever sees it could use it. */
function credentials(standing: Standing, remote: PeerId): Pick<JoinHello, "certificate" | "invite"> {
  if (standing.certificate !== undefined) return { certificate: standing.certificate };
  const { invite, inviteText } = standing;
  const named = invite?.addresses.some((address) => peerOfAddress(address) === remote) ?? false;
  return named && inviteText !== undefined ? { invite: inviteText } : {};
}

/** No refusal: whoever hears it comes again. */
const notYet = (): SkeinError =>
  new SkeinError("PEER_UNREACHABLE", "this peer has not joined its cluster yet", { hint: "try again in a moment" });
