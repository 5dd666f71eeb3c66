import { expect, test } from "vitest";
import { SkeinError } from "../errors.ts";
import { checkValue } from "../wire/value-check.ts";
import { argsError, resultError } from "./args-error.ts";

const check = (value: unknown): number => checkValue(value, () => undefined);

/** What the whole list was refused with. */
function refusal(args: readonly unknown[]): Error {
  try {
    check({ args });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return new SkeinError("MESSAGE_TOO_LARGE", "a message of many bytes", { hint: "" });
}

test("an argument that can't be sent is named by its position and the path in it", () => {
  const args = [1, { list: [{ then: () => 1 }] }];
  expect(argsError("sum", args, check, refusal(args))).toMatchObject({
    code: "NOT_SERIALIZABLE",
    message: "argument 2 of sum: a function can't be sent to another process: value.list[0].then",
  });
  const alone = [Symbol("x")];
  expect(argsError("sum", alone, check, refusal(alone)).message).toBe(
    "argument 1 of sum: a symbol can't be sent to another process",
  );
});

test("arguments that are too large say how large, which, and what the limit is", () => {
  const one = [1, new Uint8Array(17 * 1024 * 1024)];
  expect(argsError("f", one, check, refusal(one)).message).toBe(
    "argument 2 of f: 17825792 bytes of binary data are more than a message may have (16777216)",
  );
  const together = [new Uint8Array(9 * 1024 * 1024), new Uint8Array(10 * 1024 * 1024)];
  expect(argsError("f", together, check, refusal(together)).message).toMatch(
    /^the arguments of f take about 199229\d\d bytes, argument 2 alone 1048576\d; a message may have 16777216$/,
  );
});

test("a result that can't be sent says so, with the path in it", () => {
  const value = { deep: { fn: () => 1 } };
  expect(resultError(value, check, refusal([value]))).toMatchObject({
    code: "NOT_SERIALIZABLE",
    message: "the result: a function can't be sent to another process: value.deep.fn",
  });
});

test("other errors stay as they are", () => {
  const error = new RangeError("other");
  expect(argsError("f", [1], check, error)).toBe(error);
});
