/** An estimate and its interval on an axis that the rows of a section share. */
import { useId } from "react";

import styles from "./IntervalCell.module.css";
import { isBefore, isBehind, MARGIN, pixels, type Domain } from "./intervalScale";
import type { VerdictWord } from "./Verdict";

const HEIGHT = 32;
const MIDDLE = HEIGHT / 2;
const THICK = 8;
const WING = MIDDLE + 9;
const USUAL = 260;
const MOST_TICKS = 5;

interface Bounds {
  lower: number | null;
  upper: number | null;
}

interface Props extends Bounds {
  /** The whole cell as a sentence: what screen readers say, and the tooltip shows. */
  label: string;
  estimate: number | null;
  domain: Domain;
  verdict: VerdictWord;
  /** Where a guardrail's metric must not be; `null` is an open end. */
  zone?: { from: number | null; to: number | null } | undefined;
  /** A second interval, thin, that decides nothing. */
  wings?: Bounds | undefined;
  width?: number;
  /** A check of the data failed: the interval is shown, and not to be relied on. */
  isDoubtful?: boolean;
}

/** A bound of `null` is unknown or without end: the bar is drawn to the axis' end, with an arrow. */
export function IntervalCell(props: Props) {
  const { label, estimate, lower, upper, domain, verdict, zone, wings, isDoubtful } = props;
  const width = props.width ?? USUAL;
  const id = useId();
  const at = pixels(domain, width);
  const left = (value: number | null) => (value === null ? MARGIN : at(value));
  const right = (value: number | null) => (value === null ? width - MARGIN : at(value));
  return (
    <svg
      role="img"
      aria-labelledby={`${id}t`}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      className={`${styles.cell} ${styles[LOOKS[verdict]]}`}
      style={{ maxWidth: width }}
    >
      <title id={`${id}t`}>{label}</title>
      {zone && (
        <>
          <Hatching id={`${id}z`} className={styles.zoneLines} gap={6} />
          <rect
            data-part="zone"
            x={left(zone.from)}
            width={Math.max(0, right(zone.to) - left(zone.from))}
            y={0}
            height={HEIGHT}
            fill={`url(#${id}z)`}
          />
        </>
      )}
      <line data-part="zero" className={styles.zero} x1={at(0)} x2={at(0)} y1={0} y2={HEIGHT} />
      {estimate !== null && (
        <>
          {isDoubtful && <Hatching id={`${id}d`} className={styles.doubtLines} gap={4} />}
          <rect
            data-part="bar"
            className={isDoubtful ? styles.doubtful : styles.bar}
            {...(isDoubtful && { fill: `url(#${id}d)` })}
            x={left(lower)}
            width={Math.max(1, right(upper) - left(lower))}
            y={MIDDLE - THICK / 2}
            height={THICK}
            rx={isBefore(lower, domain) || isBehind(upper, domain) ? 0 : 2}
          />
          {isBefore(lower, domain) && <Arrow part="clipped-left" tip={2} base={MARGIN} />}
          {isBehind(upper, domain) && (
            <Arrow part="clipped-right" tip={width - 2} base={width - MARGIN} />
          )}
          {wings && <Wings
              {...wings}
              domain={domain}
              left={left(wings.lower)}
              right={right(wings.upper)}
            />}
          <path data-part="estimate" className={styles.estimate} d={diamond(at(estimate))} />
        </>
      )}
    </svg>
  );
}

type Look = "better" | "worse" | "neutral";

const LOOKS: Record<VerdictWord, Look> = {
  better: "better",
  safe: "better",
  worse: "worse",
  breached: "worse",
  no_meaningful_difference: "neutral",
  not_yet: "neutral",
  not_yet_excluded: "neutral",
  withheld: "neutral",
};

function diamond(x: number): string {
  return `M${x - 6},${MIDDLE} L${x},${MIDDLE - 6} L${x + 6},${MIDDLE} L${x},${MIDDLE + 6} Z`;
}

function Arrow({ part, tip, base }: { part: string; tip: number; base: number }) {
  const points = `${tip},${MIDDLE} ${base},${MIDDLE - 6} ${base},${MIDDLE + 6}`;
  return <polygon data-part={part} className={styles.arrow} points={points} />;
}

type WingsProps = Bounds & { left: number; right: number; domain: Domain };

/** Without an end where it goes on beyond the axis. */
function Wings({ left, right, lower, upper, domain }: WingsProps) {
  return (
    <g className={styles.wings} data-part="wings">
      <line x1={left} x2={right} y1={WING} y2={WING} />
      {!isBefore(lower, domain) && <line x1={left} x2={left} y1={WING - 3} y2={WING + 3} />}
      {!isBehind(upper, domain) && <line x1={right} x2={right} y1={WING - 3} y2={WING + 3} />}
    </g>
  );
}

function Hatching({ id, className, gap }: { id: string; className?: string; gap: number }) {
  return (
    <defs>
      <pattern
        id={id}
        width={gap}
        height={gap}
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <line className={className} x1={0} x2={0} y1={0} y2={gap} />
      </pattern>
    </defs>
  );
}

interface AxisProps {
  domain: Domain;
  /** How a number of the axis is written. */
  format: (value: number) => string;
  width?: number;
}

/** The scale above a column of intervals. Readers of the cells hear the numbers themselves. */
export function Axis({ domain, format, width = USUAL }: AxisProps) {
  const at = pixels(domain, width);
  const many = at.ticks(4);
  const ticks = many.length > MOST_TICKS ? at.ticks(2) : many;
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${width} 18`}
      className={styles.axis}
      style={{ maxWidth: width }}
    >
      {ticks.map((tick) => (
        <g key={tick} data-part="tick" data-value={tick}>
          <line className={styles.tick} x1={at(tick)} x2={at(tick)} y1={14} y2={18} />
          <text x={at(tick)} y={11} textAnchor="middle" className={styles.tickLabel}>
            {format(tick)}
          </text>
        </g>
      ))}
    </svg>
  );
}
