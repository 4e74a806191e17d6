/** Numbers and dates in the reader's own way. Values come from the API; nothing is computed here. */
import { now } from "../api/clock";

const whole = new Intl.NumberFormat();
const figures = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const NOTHING = "–";

export const count = (value: number | null | undefined) =>
  value == null ? NOTHING : whole.format(value);

export const number = (value: number | null | undefined) =>
  value == null ? NOTHING : figures.format(value);

/** A share of 1 as a percentage. */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value == null) return NOTHING;
  return new Intl.NumberFormat(undefined, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A share of 1 as a percentage that always shows its sign. */
export function change(value: number | null | undefined, digits = 1): string {
  if (value == null) return NOTHING;
  return new Intl.NumberFormat(undefined, {
    style: "percent",
    signDisplay: "exceptZero",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

export const date = (value: string | null | undefined) =>
  value ? day.format(new Date(value)) : NOTHING;

export const dateTime = (value: string | null | undefined) =>
  value ? moment.format(new Date(value)) : NOTHING;

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function since(value: string | null | undefined): string {
  if (!value) return NOTHING;
  const seconds = (new Date(value).getTime() - now()) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return ago.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}
