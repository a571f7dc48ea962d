/**
 * JSON as Harbor (Python) writes it: four spaces, and floats that keep their point, so that a reward of 1 stays `1.0`
 * and its key in `reward_stats` is the one Harbor would compute when it reads the file back.
 */

import { inert } from "../../base/inert.ts";

const FLOAT = Symbol("float");

/** A number that Python holds as a float. */
export interface PythonFloat {
  readonly [FLOAT]: number;
}

export function float(value: number): PythonFloat {
  return { [FLOAT]: value };
}

const FLOAT_KEY = "\0float";

/** As plain JSON, from which `unpacked` makes the same value again: `JSON.parse` alone would forget which numbers are floats. */
export function packed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (FLOAT in value) return { [FLOAT_KEY]: (value as PythonFloat)[FLOAT] };
  if (Array.isArray(value)) return value.map(packed);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, packed(item)]));
}

export function unpacked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpacked);
  const number = (value as Readonly<Record<string, unknown>>)[FLOAT_KEY];
  if (typeof number === "number") return float(number);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpacked(item)]));
}

/** Python's `repr(float)`: shortest digits, an exponent below 1e-4 and from 1e16 on, of at least two digits. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "0", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  // From 1e-4 up to 1e16 JavaScript prints no exponent either.
  const plain = Object.is(value, -0) ? "-0" : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** `undefined` members are left out, NaN and the infinities become null, as Harbor's do. */
export function harborJson(value: unknown): string {
  return `${inert(render(value, ""))}\n`;
}

function render(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (FLOAT in value) {
    const number = (value as PythonFloat)[FLOAT];
    return Number.isFinite(number) ? floatRepr(number) : "null";
  }
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => inner + render(item, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  if (members.length === 0) return "{}";
  const lines = members.map(([key, item]) => `${inner}${JSON.stringify(key)}: ${render(item, inner)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}
