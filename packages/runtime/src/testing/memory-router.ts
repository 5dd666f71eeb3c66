/** Joins runtimes of one process as if they were processes of peers, for tests of what crosses. Values go by their wire forms. */
import { type Endpoint, endpointKey, type Location, type Role } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Inbound, Router, RuntimeMessage, RuntimeRequest } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { inboundOf } from "../message/inbound.ts";
import { type WireForm, wireForms } from "../message/wire-forms.ts";
import { Deferred } from "../task/deferred.ts";
import { runIn } from "../task/run-in.ts";
import type { Runtime } from "../task/runtime.ts";

interface Member {
  readonly endpoint: Endpoint;
  readonly runtime: Runtime;
  readonly inbound: Inbound;
  readonly forms: readonly WireForm[];
  readonly roles: readonly Role[];
}

interface Tagged {
  readonly $tag: string;
  readonly $wire: unknown;
}

export class MemoryNetwork {
  readonly #members = new Map<string, Member>();

  /** Makes `runtime` a peer of its own. `name` becomes its id, filled up to the form of one. */
  join(runtime: Runtime, name: string, roles: readonly Role[] = ["peer"]): Endpoint {
    // 20 characters at least, of base58: the form that isPeerId accepts.
    const endpoint: Endpoint = { peer: name.padEnd(24, "Z") as PeerId, server: 0 };
    const member: Member = { endpoint, runtime, inbound: inboundOf(runtime), forms: wireForms(runtime), roles };
    this.#members.set(endpointKey(endpoint), member);
    runtime.attach(this.#router(member));
    return endpoint;
  }

  /** Ends a peer: the others are told that it is lost. */
  lose(endpoint: Endpoint): void {
    this.#members.delete(endpointKey(endpoint));
    const error = lostError(endpoint);
    const matches = (other: Endpoint): boolean => endpointKey(other) === endpointKey(endpoint);
    for (const member of this.#members.values()) member.inbound.lost(matches, error);
  }

  #router(from: Member): Router {
    return {
      self: from.endpoint,
      locationOf: (endpoint): Location => ({ peer: endpoint.peer, addresses: [] }),
      rolesOf: (endpoint) => this.#members.get(endpointKey(endpoint))?.roles ?? [],
      post: (to, message) => this.#post(from, to, message),
      request: (to, request, options) => this.#request(from, to, request, options),
    };
  }

  #post(from: Member, to: Endpoint, message: RuntimeMessage): void {
    const member = this.#find(to);
    // What left as a message arrives as one.
    const crossed = cross(message, from, member) as RuntimeMessage;
    member.runtime.platform.microtask(() => member.inbound.message(crossed, from.endpoint));
  }

  #request(from: Member, to: Endpoint, request: RuntimeRequest, options?: WaitOptions): Operation<unknown> {
    const { engine } = from.runtime;
    const answer = new Deferred<unknown>(request.type, engine).ignore();
    try {
      const member = this.#find(to);
      const crossed = cross(request, from, member) as RuntimeRequest; // as in #post
      member.runtime.platform.microtask(() => this.#answer(member, from, crossed, answer));
    } catch (error) {
      answer.reject(error);
    }
    return answer.limit(engine, options, () => undefined);
  }

  #answer(member: Member, from: Member, request: RuntimeRequest, answer: Deferred<unknown>): void {
    const back = (value: unknown): void => answer.resolve(cross(value, member, from));
    try {
      const given = member.inbound.request(request, from.endpoint);
      if (typeof given === "object" && given !== null && "then" in given) {
        // The answer of an inbound request is a value or an operation.
        runIn(member.runtime.engine, given as Operation<unknown>, back, (error) => answer.reject(error));
      } else back(given);
    } catch (error) {
      answer.reject(error);
    }
  }

  #find(endpoint: Endpoint): Member {
    const member = this.#members.get(endpointKey(endpoint));
    if (member === undefined) throw lostError(endpoint);
    return member;
  }
}

/** Copies `value` as the wire would; objects with a form become what they are on the other side. */
function cross(value: unknown, from: Member, to: Member): unknown {
  return fromWire(toWire(value, from), to);
}

function toWire(value: unknown, member: Member): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  const form = member.forms.find(({ Class }) => value.constructor === Class);
  if (form !== undefined) return { $tag: form.tag, $wire: form.toWire(value) } satisfies Tagged;
  return mapFields(value, (field) => toWire(field, member));
}

function fromWire(value: unknown, member: Member): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if ("$tag" in value && "$wire" in value) {
    const { $tag, $wire } = value;
    return member.forms.find(({ tag }) => tag === $tag)?.fromWire($wire);
  }
  return mapFields(value, (field) => fromWire(field, member));
}

function mapFields(value: object, map: (field: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, map(field)]));
}

function lostError(endpoint: Endpoint): SkeinError {
  return new SkeinError("PEER_LOST", `peer ${endpointKey(endpoint)} is lost`, { hint: "connect again" });
}
