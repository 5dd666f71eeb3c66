/** Traces by OpenTelemetry: a span for each task at its client, and one for each attempt at its server, below it. */
import type * as OpenTelemetry from "@opentelemetry/api";
import { type Exit, SkeinError } from "@skein/runtime";
import type { RunTracing, TaskTracing, TracedTask } from "@skein/runtime/network";

type Api = typeof OpenTelemetry;

/** The name of what makes the spans. */
const TRACER = "skein";

/** The library that the program's own set-up uses. @throws {SkeinError} `OPTION_INVALID` when it is not installed */
export async function openTelemetry(): Promise<Api> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    throw new SkeinError(
      "OPTION_INVALID",
      "traces are made by OpenTelemetry, and @opentelemetry/api is not installed",
      {
        hint: "npm install @opentelemetry/api, and an SDK that exports what it makes",
        cause,
      },
    );
  }
}

/** For clients. */
export function runTracing(api: Api): RunTracing {
  const { context, propagation, SpanKind, trace } = api;
  const tracer = trace.getTracer(TRACER);
  return {
    begin({ kind, ...task }) {
      const attributes = { ...attributesOf(task), "skein.kind": kind };
      const span = tracer.startSpan(`run ${task.fn}`, { kind: SpanKind.CLIENT, attributes });
      const carrier: Record<string, string> = {};
      propagation.inject(trace.setSpan(context.active(), span), carrier);
      return {
        carrier,
        sent: (server, attempt) =>
          void span.addEvent("skein.sent", { "skein.server": server, "skein.attempt": attempt }),
        ended: (exit) => end(api, span, exit),
      };
    },
  };
}

/** For server processes: loads the library with the first task that has a trace; without it there are no spans here. */
export function taskTracing(): TaskTracing {
  let api: Api | undefined;
  let loading: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    try {
      api = await openTelemetry();
    } catch {
      // It is the client that asked for traces; this machine has nothing that could make them.
    }
  };
  return {
    load: () => (api === undefined ? (loading ??= load()) : undefined),
    begin({ attempt, ...task }, carrier) {
      if (api === undefined) return { within: (step) => step(), ended: () => {} };
      const here = api;
      const { context, propagation, ROOT_CONTEXT, SpanKind, trace } = here;
      const parent = propagation.extract(ROOT_CONTEXT, carrier);
      const attributes = { ...attributesOf(task), "skein.attempt": attempt };
      const span = trace.getTracer(TRACER).startSpan(`task ${task.fn}`, { kind: SpanKind.SERVER, attributes }, parent);
      const inside = trace.setSpan(parent, span);
      return { within: (step) => context.with(inside, step), ended: (exit) => end(here, span, exit) };
    },
  };
}

const attributesOf = ({ task, job, fn }: TracedTask): Record<string, string> => ({
  "skein.task": task,
  "skein.job": job,
  "skein.function": fn,
});

function end({ SpanStatusCode }: Api, span: OpenTelemetry.Span, exit: Exit<unknown>): void {
  span.setAttribute("skein.exit", exit.type);
  if (exit.type === "failed" || exit.type === "lost") {
    span.recordException(exit.error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: exit.error.message });
  }
  span.end();
}
