import { expect, test } from "vitest";
import { errorFromThread } from "./thread-error.ts";

test("an error of a thread comes back with its class, fields and causes", () => {
  const error = errorFromThread({
    name: "TypeError",
    message: "outer",
    stack: "TypeError: outer\n    at there",
    fields: { path: "/x" },
    cause: { error: { name: "RangeError", message: "inner", cause: { value: { deep: 1 } } } },
  });
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: "outer", path: "/x", stack: "TypeError: outer\n    at there" });
  expect(error.cause).toBeInstanceOf(RangeError);
  expect(error.cause).toMatchObject({ cause: { deep: 1 } });
});

test("errors of ours keep code and hint, unknown classes keep their name", () => {
  const ours = errorFromThread({ name: "SkeinError", message: "m", skein: { code: "NOT_SERIALIZABLE", hint: "h" } });
  expect(ours).toMatchObject({ code: "NOT_SERIALIZABLE", hint: "h" });
  expect(errorFromThread({ name: "ParseError", message: "m" })).toMatchObject({
    code: "REMOTE_ERROR",
    name: "ParseError",
  });
});
