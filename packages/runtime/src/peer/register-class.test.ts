import { expect, test } from "vitest";
import { createRuntime } from "../task/runtime.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { codecOf } from "./codec-of.ts";
import { registerClass } from "./register-class.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  double(): number {
    return this.x * 2;
  }
}
class BadInput extends Error {
  override readonly name = "BadInput";
  readonly line: number;
  constructor(line: number) {
    super(`line ${line}`);
    this.line = line;
  }
}

test("instances of a registered class come back as instances, errors with their fields and stack", () => {
  const runtime = createRuntime({ platform: createHostPlatform() });
  registerClass("Point", Point, { runtime });
  registerClass("Point", Point, { runtime });
  registerClass("BadInput", BadInput, { runtime });
  const codec = codecOf(runtime);
  const sent = [new Point(4), new BadInput(7)] as const;
  const [point, error] = codec.decode(codec.encode(sent)) as typeof sent;
  expect(point).toBeInstanceOf(Point);
  expect(point.double()).toBe(8);
  expect(error).toBeInstanceOf(BadInput);
  expect(error).toMatchObject({ message: "line 7", line: 7, stack: sent[1].stack });
});

test("a name stands for one class of a runtime, and ours are not to be taken", () => {
  const runtime = createRuntime({ platform: createHostPlatform() });
  registerClass("Thing", Point, { runtime });
  expect(() => registerClass("Thing", BadInput, { runtime })).toThrowError(
    expect.objectContaining({ code: "NAME_TAKEN" }),
  );
  for (const bad of ["", "skein.task", "x".repeat(300)]) {
    expect(() => registerClass(bad, Point, { runtime })).toThrowError(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  }
});

test("fields of a registered class are checked as any others are", () => {
  const runtime = createRuntime({ platform: createHostPlatform() });
  registerClass("Point", Point, { runtime });
  const codec = codecOf(runtime);
  const size = codec.check(Object.assign(new Point(1), { bytes: new Uint8Array(10_000) }));
  expect(size).toBeGreaterThan(10_000);
  expect(() => codec.check([Object.assign(new Point(1), { draw: () => 1 })])).toThrowError("value[0].draw");
});
