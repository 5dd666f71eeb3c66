import { expect, test } from "vitest";
import { createRuntime } from "../task/runtime.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { registerClass } from "../peer/register-class.ts";
import { isClass, registerExports, registerShipped } from "./shipped-classes.ts";

const platform = installHostPlatform();

class Point {
  readonly x: number;

  constructor(x: number) {
    this.x = x;
  }
}
/** Another class, which could have the same name. */
class Other {
  readonly y = 1;
}

const tasks = {
  Point,
  moved: (point: Point): Point => {
    if (!(point instanceof Point)) throw new TypeError("no point");
    return new Point(point.x + 1);
  },
};

test("classes that a job's modules export cross as instances, in both directions, without being registered", async () => {
  const memory = new MemoryCluster(platform);
  try {
    await memory.startScheduler();
    await memory.startNode("node1", 1);
    const client = await memory.startClient("client1");
    const url = memory.module("tasks", tasks);
    const job = await client.openJob({ modules: [url] });
    const m = await job.module<typeof tasks>(url);
    const moved = await m.moved.call([new Point(1)]);
    expect(moved).toBeInstanceOf(Point);
    expect(moved.x).toBe(2);
    await client.close();
  } finally {
    await memory.close();
  }
});

test("a class that is registered keeps its name; another one of the same name is refused to a client, not to a server", () => {
  const runtime = createRuntime({ platform });
  registerClass("geo.Point", Point, { runtime });
  registerShipped(runtime, "Point", Point);
  const other = { Point: Other, square: (n: number): number => n * n };
  expect(() => registerShipped(runtime, "geo.Point", other.Point)).toThrow(
    expect.objectContaining({ code: "NAME_TAKEN" }) as Error,
  );
  expect(() => registerExports(runtime, { "geo.Point": other.Point, ...other })).not.toThrow();
  expect([isClass(Point), isClass(other.Point), isClass(other.square), isClass(3)]).toEqual([true, true, false, false]);
});
