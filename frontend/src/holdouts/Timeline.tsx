/** When each experiment ran, one under the other; the table says the same in dates. */
import { scaleUtc } from "d3-scale";
import { Link } from "wouter";

import type { Schemas } from "../api/client";
import { now as serverNow } from "../api/clock";
import { date } from "../components/format";
import { StatusTag, type Status } from "../components/StatusTag";
import { Table } from "../components/Table";
import styles from "./Holdouts.module.css";

type Using = Schemas["UsingExperimentBody"];

const WIDTH = 200;
const HEIGHT = 14;
const LEAST = 4;

export function Timeline({ experiments }: { experiments: readonly Using[] }) {
  const now = new Date(serverNow());
  const starts = experiments.flatMap((one) => (one.start_date ? [new Date(one.start_date)] : []));
  const first = starts.reduce((least, one) => (one < least ? one : least), now);
  const x = scaleUtc([first, now], [0, WIDTH]);
  return (
    <Table
      caption="Experiments under this holdout"
      rows={experiments}
      keyOf={(one) => one.id}
      columns={[
        {
          id: "name",
          title: "Experiment",
          isRowHeader: true,
          cell: (one) => <Link href={`/experiments/${one.id}`}>{one.name}</Link>,
        },
        { id: "status", title: "Status", cell: (one) => <StatusTag status={one.status as Status} /> },
        { id: "ran", title: "Ran", cell: (one) => <Span experiment={one} x={x} now={now} /> },
      ]}
    />
  );
}

interface SpanProps {
  experiment: Using;
  x: (moment: Date) => number;
  now: Date;
}

function Span({ experiment, x, now }: SpanProps) {
  const { start_date: start, end_date: end } = experiment;
  if (!start) return <span className={styles.note}>not launched</span>;
  const words = end ? `${date(start)} to ${date(end)}` : `since ${date(start)}`;
  const from = Math.min(x(new Date(start)), WIDTH - LEAST);
  const to = x(end ? new Date(end) : now);
  return (
    <span className={styles.span}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.timeline} role="img" aria-label={words}>
        <title>{words}</title>
        <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} className={styles.axis} />
        <rect x={from} y={2} width={Math.max(LEAST, to - from)} height={HEIGHT - 4} rx={3} className={styles.ran} />
      </svg>
      <span className={styles.note}>{words}</span>
    </span>
  );
}
