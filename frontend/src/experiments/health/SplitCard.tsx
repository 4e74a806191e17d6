/** Whether the units are split as the flag says: observed against expected, with its test. */
import { useId, type ReactNode } from "react";

import { Badge } from "../../components/Badge";
import { count } from "../../components/format";
import { useWidth } from "../../components/useWidth";
import { colourOf, letterOf } from "../../components/VariantTag";
import { variantsOf, type Experiment } from "../page/experiment";
import type { Health } from "../page/health";
import { pText } from "../results/words";
import styles from "./Health.module.css";

type Totals = NonNullable<Health["exposures"]>;

interface Props {
  experiment: Experiment;
  exposures: Totals;
  /** Cause and next step, when it does not hold. */
  children?: ReactNode;
}

export function SplitCard({ experiment, exposures, children }: Props) {
  const split = exposures.sample_ratio;
  const isBad = split?.is_mismatch === true;
  return (
    <article className={`${styles.card} ${split ? (isBad ? styles.blocking : styles.fine) : ""}`} data-card="split">
      <h2>
        Split
        {split ? (
          <Badge tone={isBad ? "danger" : "fine"} symbol={isBad ? "✕" : "✓"}>
            {isBad ? "Does not hold" : "Holds"}
          </Badge>
        ) : (
          <Badge symbol="…">Too few units</Badge>
        )}
      </h2>
      {split ? (
        <>
          <p>
            {isBad
              ? "The units are not split as the flag says, so the variants’ units may differ in more than the variant. Results are not to be trusted until the cause is found."
              : "The units are split as the flag says, as far as chance allows."}
          </p>
          <Bars experiment={experiment} observed={exposures.by_variant} expected={split.expected} />
          <dl className={styles.terms}>
            <dt>Chi-square test</dt>
            <dd>
              {split.p_value === null ? "–" : pText(split.p_value)}, for one look; below 0.001 the
              split does not hold
            </dd>
            <dt>Sequential test</dt>
            <dd>
              {split.sequential_p_value === null ? "–" : pText(split.sequential_p_value)}, valid
              however often one looks
            </dd>
            {children}
          </dl>
        </>
      ) : (
        <p>The split is checked from 100 exposed units on; there are {count(exposures.total)}.</p>
      )}
    </article>
  );
}

interface BarsProps {
  experiment: Experiment;
  observed: Readonly<Record<string, number>>;
  expected: Readonly<Record<string, number>>;
}

const USUAL_WIDTH = 560;
const ROW = 34;
const LEFT = 30;
const ROOM = 150;

function Bars({ experiment, observed, expected }: BarsProps) {
  const id = useId();
  const variants = variantsOf(experiment);
  const keys = Object.keys(expected);
  const most = Math.max(...keys.flatMap((key) => [observed[key] ?? 0, expected[key] ?? 0]), 1);
  const { element, width } = useWidth<SVGSVGElement>(USUAL_WIDTH);
  const length = (units: number) => (units / most) * (width - LEFT - ROOM);
  const said = keys.map((key) => `${key} ${count(observed[key])}, expected ${count(rounded(expected[key]))}`);
  return (
    <svg
      ref={element}
      role="img"
      aria-labelledby={id}
      viewBox={`0 0 ${width} ${keys.length * ROW}`}
      height={keys.length * ROW}
      className={styles.bars}
    >
      <title id={id}>{`Units by variant: ${said.join("; ")}.`}</title>
      {keys.map((key, row) => {
        const index = Math.max(0, variants.findIndex((one) => one.key === key));
        const right = LEFT + Math.max(length(observed[key] ?? 0), length(expected[key] ?? 0));
        return (
          <g key={key} transform={`translate(0 ${row * ROW})`} style={{ color: colourOf(index) }}>
            <text className={styles.barText} x={4} y={20} fontWeight={700}>
              {letterOf(index)}
            </text>
            <rect className={styles.observed} x={LEFT} y={7} height={16} width={length(observed[key] ?? 0)} />
            <rect className={styles.expected} x={LEFT} y={3} height={24} width={length(expected[key] ?? 0)} />
            <text className={styles.barText} x={right + 8} y={20}>
              {`${count(observed[key])}, expected ${count(rounded(expected[key]))}`}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

const rounded = (units: number | undefined) => (units === undefined ? null : Math.round(units));
