/** How many units reached each step, by variant; those who did not are hatched. */
import { useId } from "react";

import { count, percent } from "../../components/format";
import { Panel } from "../../components/Page";
import { Table, type Column } from "../../components/Table";
import { useWidth } from "../../components/useWidth";
import { colourOf, letterOf, VariantTag } from "../../components/VariantTag";
import { eventOf } from "../../metrics/describe";
import type { Variant } from "../page/experiment";
import { documentOf, type Answer, type Outcome } from "../results/results";
import styles from "./Metric.module.css";

type Step = NonNullable<Answer["baseline"]["splitplot"]["steps"]>[number];

interface Arm {
  index: number;
  name: string;
  steps: readonly Step[];
}

export function FunnelChart({ outcome, variants }: { outcome: Outcome; variants: readonly Variant[] }) {
  if (!outcome.result) return <p>{outcome.reason?.message}</p>;
  const sums = [outcome.result.baseline, ...outcome.result.variant_results];
  const arms = sums.map(({ key, splitplot }) => {
    const index = Math.max(0, variants.findIndex((one) => one.key === key));
    return { index, name: variants[index]?.name ?? key, steps: splitplot.steps ?? [] };
  });
  const names = ["Exposed", ...(documentOf(outcome).series ?? []).map(eventOf)];
  return (
    <>
      <Panel title="Units by step">
        <Bars arms={arms} names={names} />
      </Panel>
      <Numbers arms={arms} names={names} />
    </>
  );
}

const USUAL_WIDTH = 920;
const HEIGHT = 260;
const TOP = 22;
const BOTTOM = 24;
const LEFT = 8;
const GAP = 30;
const WIDEST = 90;
const ROOM_FOR_SHARE = 62;

function Bars({ arms, names }: { arms: readonly Arm[]; names: readonly string[] }) {
  const id = useId();
  const { element, width: full } = useWidth<SVGSVGElement>(USUAL_WIDTH);
  const group = (full - 2 * LEFT) / names.length;
  const width = Math.min(WIDEST, (group - GAP) / arms.length);
  const all = HEIGHT - TOP - BOTTOM;
  const last = arms.map((arm) => `${arm.name} ${percent(arm.steps.at(-1)?.share_of_first)}`);
  return (
    <svg
      ref={element}
      role="img"
      aria-labelledby={`${id}t`}
      viewBox={`0 0 ${full} ${HEIGHT}`}
      height={HEIGHT}
      className={styles.funnel}
    >
      <title id={`${id}t`}>{`Share of the exposed units that reached the last step: ${last.join(", ")}.`}</title>
      <defs>
        <pattern id={`${id}h`} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line className={styles.hatch} x1={0} x2={0} y1={0} y2={6} />
        </pattern>
      </defs>
      {names.map((name, step) => (
        <g key={`${step}${name}`} transform={`translate(${LEFT + step * group} 0)`}>
          {arms.map((arm, place) => {
            const share = arm.steps[step]?.share_of_first ?? 0;
            const before = arm.steps[Math.max(0, step - 1)]?.share_of_first ?? 0;
            const top = TOP + all * (1 - share);
            const topBefore = TOP + all * (1 - before);
            return (
              <g key={arm.name} style={{ color: colourOf(arm.index) }} data-arm={arm.name}>
                <rect
                  data-part="drop"
                  x={place * width}
                  y={topBefore}
                  width={width - 4}
                  height={Math.max(0, top - topBefore)}
                  fill={`url(#${id}h)`}
                />
                <rect
                  data-part="step"
                  className={styles.step}
                  x={place * width}
                  y={top}
                  width={width - 4}
                  height={all * share}
                />
                <text className={styles.stepText} x={place * width + width / 2 - 2} y={Math.max(12, topBefore - 6)} textAnchor="middle">
                  {letterOf(arm.index)}
                  {width >= ROOM_FOR_SHARE && ` ${percent(share)}`}
                </text>
              </g>
            );
          })}
          <text className={styles.stepName} x={0} y={HEIGHT - 6}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

interface Row {
  arm: Arm;
  step: Step;
  name: string;
  place: number;
}

function Numbers({ arms, names }: { arms: readonly Arm[]; names: readonly string[] }) {
  const rows: Row[] = names.flatMap((name, place) =>
    arms.flatMap((arm) => {
      const step = arm.steps[place];
      return step ? [{ arm, step, name, place }] : [];
    }),
  );
  const columns: Column<Row>[] = [
    { id: "step", title: "Step", isRowHeader: true, cell: (row) => row.name },
    { id: "variant", title: "Variant", cell: ({ arm }) => <VariantTag index={arm.index} name={arm.name} /> },
    { id: "units", title: "Units", isNumber: true, cell: ({ step }) => count(step.count) },
    {
      id: "first",
      title: "Of the exposed",
      isNumber: true,
      cell: ({ step }) => percent(step.share_of_first, 2),
    },
    {
      id: "previous",
      title: "Of the step before",
      isNumber: true,
      cell: ({ step }) => percent(step.share_of_previous, 2),
    },
  ];
  return (
    <Table
      caption="Units by step and variant"
      columns={columns}
      rows={rows}
      keyOf={(row) => `${row.place}/${row.arm.name}`}
    />
  );
}
