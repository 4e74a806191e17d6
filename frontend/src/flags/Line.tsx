/** Where somebody falls on the line from 0 to 100, and what stands there. */
import { number } from "../components/format";
import { colourOf } from "../components/VariantTag";
import styles from "./Playground.module.css";

interface Part {
  name: string;
  /** In percent of the line. */
  from: number;
  to: number;
  /** Of a variant. */
  index?: number;
}

interface Props {
  title: string;
  at: number;
  parts: readonly Part[];
}

const WIDTH = 480;
const HEIGHT = 58;
const BAR = { top: 20, height: 14 };
const PAD = 8;

const x = (percentage: number) =>
  PAD + (Math.min(100, Math.max(0, percentage)) / 100) * (WIDTH - 2 * PAD);

export function Line({ title, at, parts }: Props) {
  const sentence = `${title}: they fall at ${number(at)} of 100. ${parts
    .map((part) => `${part.name} is ${number(part.from)} to ${number(part.to)}`)
    .join("; ")}.`;
  return (
    <figure className={styles.line}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={sentence}>
        <title>{sentence}</title>
        <rect x={x(0)} y={BAR.top} width={x(100) - x(0)} height={BAR.height} className={styles.track} />
        {parts.map((part) => (
          <g key={part.name}>
            <rect
              x={x(part.from)}
              y={BAR.top}
              width={Math.max(0, x(part.to) - x(part.from))}
              height={BAR.height}
              fill={part.index === undefined ? "var(--accent)" : colourOf(part.index)}
              className={styles.part}
            />
            {x(part.to) - x(part.from) > 40 && (
              <text x={x(part.from) + 2} y={BAR.top + BAR.height + 13} className={styles.label}>
                {part.name}
              </text>
            )}
          </g>
        ))}
        {[0, 25, 50, 75, 100].map((tick) => (
          <line key={tick} x1={x(tick)} x2={x(tick)} y1={BAR.top - 3} y2={BAR.top} className={styles.tick} />
        ))}
        <path
          d={`M${x(at)} ${BAR.top + 2} l-6 -10 h12 z`}
          className={styles.mark}
        />
        <line x1={x(at)} x2={x(at)} y1={BAR.top} y2={BAR.top + BAR.height} className={styles.needle} />
      </svg>
      <figcaption className={styles.note}>
        {title}: at {number(at)} of 100;{" "}
        {parts.map((part) => `${part.name} from ${number(part.from)} to ${number(part.to)}`).join(", ")}.
      </figcaption>
    </figure>
  );
}
