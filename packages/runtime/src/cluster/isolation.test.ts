import { expect, test } from "vitest";
import {
  type Allow,
  allowLack,
  checkIsolation,
  confinementFor,
  isolationLack,
  isSameConfinement,
  type Isolation,
} from "./isolation.ts";

const offers = (isolation: Isolation, allow: Allow = {}) => ({ isolation, allow });

test("what is asked for is in what is offered: folders hold their files, writing includes reading", () => {
  const offered: Allow = { read: ["/data"], write: ["/scratch/"], net: true };
  expect(allowLack({ read: ["/data", "/data/a/b.csv", "/scratch/x"], write: ["/scratch"], net: true }, offered)).toBe(
    undefined,
  );
  expect(allowLack({ read: ["/database"], write: ["/data/a"], run: true }, offered)).toBe(
    "read /database, write /data/a, run",
  );
});

test("a job that asks for a profile is taken by nodes that confine at least as far", () => {
  expect(isolationLack({ isolation: "guarded" }, offers("sealed"))).toBe(undefined);
  expect(isolationLack({ isolation: "sealed" }, offers("guarded"))).toBe("it runs code guarded, not sealed");
  expect(isolationLack({}, offers("trusted"))).toBe(undefined);
  expect(isolationLack({ isolation: "guarded" }, offers("trusted"))).toBe("it runs code trusted, not guarded");
});

test("what a job asks for beyond its profile is offered by the node, or refused; trusted code needs no leave", () => {
  expect(isolationLack({ allow: { run: true } }, offers("guarded"))).toBe("it does not allow run");
  expect(isolationLack({ allow: { run: true } }, offers("guarded", { run: true }))).toBe(undefined);
  expect(isolationLack({ allow: { run: true } }, offers("trusted"))).toBe(undefined);
});

test("the owner's code runs as he wishes on his own node, everyone else's in the node's profile", () => {
  const node = offers("uid", { read: ["/data"] });
  expect(confinementFor({}, node, true)).toEqual(offers("trusted"));
  expect(isolationLack({ allow: { write: ["/"] } }, node, true)).toBe(undefined);
  expect(confinementFor({ isolation: "guarded" }, node, true)).toEqual(offers("guarded"));
  expect(isolationLack({ isolation: "guarded", allow: { run: true } }, node, true)).toBe("it does not allow run");
  // What stands at the path that the job names may be a link by then.
  const allow = { read: ["/data/a"] };
  expect(confinementFor({ isolation: "guarded", allow }, node, false)).toEqual(offers("uid", { read: ["/data"] }));
  const many = offers("sealed", { read: ["/a"], write: ["/b", "/c"], run: true });
  expect(confinementFor({ allow: { read: ["/b/x"], write: ["/c"], run: true } }, many, false)).toEqual(
    offers("sealed", { read: ["/b"], write: ["/c"], run: true }),
  );
});

test("two confinements are the same whatever the order of their paths", () => {
  expect(isSameConfinement(offers("guarded", { read: ["/a", "/b"] }), offers("guarded", { read: ["/b", "/a"] }))).toBe(
    true,
  );
  expect(isSameConfinement(offers("guarded", { net: true }), offers("guarded"))).toBe(false);
});

test("paths are absolute and don't step back", () => {
  for (const path of ["data", "/data/../etc", "~/x", "/a*"]) {
    expect(() => checkIsolation({ allow: { read: [path] } })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
  }
  checkIsolation({ isolation: "uid", allow: { read: ["/data", "C:\\data"], write: ["/"], run: true } });
});
