/** Where numbers of the API stand on an axis, in pixels. */
import { median } from "d3-array";
import { scaleLinear } from "d3-scale";

export type Domain = readonly [number, number];

export interface Interval {
  estimate: number | null;
  lower: number | null;
  upper: number | null;
}

/** Left and right of the outermost tick, for arrowheads and half a label. */
export const MARGIN = 14;
/** An interval this many times as wide as the usual one is cut off, so that the others stay readable. */
const WIDEST = 3;

export function pixels(domain: Domain, width: number) {
  return scaleLinear()
    .domain(domain)
    .range([MARGIN, width - MARGIN])
    .clamp(true);
}

export const isBefore = (value: number | null, domain: Domain) =>
  value === null || value < domain[0];

export const isBehind = (value: number | null, domain: Domain) =>
  value === null || value > domain[1];

/** One axis for several intervals: zero, every estimate, and all bounds but those far out. */
export function sharedDomain(
  intervals: readonly Interval[],
  include: readonly (number | null)[] = [],
): Domain {
  const known = intervals.filter((one) => one.estimate !== null);
  const reaches = known.flatMap(({ lower, upper }) =>
    lower !== null && upper !== null ? [Math.max(Math.abs(lower), Math.abs(upper))] : [],
  );
  const limit = WIDEST * (median(reaches) ?? 0);
  const shown = [
    0,
    ...include.filter(isNumber),
    ...known.map((one) => one.estimate).filter(isNumber),
    ...known
      .flatMap((one) => [one.lower, one.upper])
      .filter(isNumber)
      .map((bound) => Math.min(limit, Math.max(-limit, bound))),
  ];
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  if (least === most) return [-1, 1];
  const [from, to] = scaleLinear().domain([least, most]).nice(4).domain();
  return [from ?? least, to ?? most];
}

const isNumber = (value: number | null): value is number => value !== null;
