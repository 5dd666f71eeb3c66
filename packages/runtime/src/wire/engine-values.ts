/** Values of the language that the runtime elsewhere must not touch by name: dates, as data and not as a clock. */
/* oxlint-disable no-restricted-globals -- a date that crosses says nothing about now; Float16Array is missing in some engines' globals, so it is looked up */

export const isDate = (value: object): value is Date => value instanceof Date;

/** Milliseconds; NaN of an invalid date. */
export const msOfDate = (date: Date): number => Date.prototype.getTime.call(date);

export const dateOfMs = (ms: number): Date => new Date(ms);

type ViewOf = new (buffer: ArrayBuffer) => ArrayBufferView;

/** How views of binary data are made, by name; an engine may lack some. */
export const VIEWS: ReadonlyMap<string, ViewOf> = new Map<string, ViewOf>([
  ["DataView", DataView],
  ["Int8Array", Int8Array],
  ["Uint8ClampedArray", Uint8ClampedArray],
  ["Int16Array", Int16Array],
  ["Uint16Array", Uint16Array],
  ["Int32Array", Int32Array],
  ["Uint32Array", Uint32Array],
  ["Float32Array", Float32Array],
  ["Float64Array", Float64Array],
  ["BigInt64Array", BigInt64Array],
  ["BigUint64Array", BigUint64Array],
  ...halfPrecision(),
]);

function halfPrecision(): [string, ViewOf][] {
  const Half: unknown = Reflect.get(globalThis, "Float16Array");
  // The engine's own class of this name is such a view.
  return typeof Half === "function" ? [["Float16Array", Half as unknown as ViewOf]] : [];
}
