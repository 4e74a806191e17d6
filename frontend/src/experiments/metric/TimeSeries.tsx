/** The effect at the end of each day, with its interval, and the days on which a verdict changed. */
import { Button } from "../../components/Button";
import { change, count, since } from "../../components/format";
import { LineChart, type Point, type Series as Line } from "../../components/LineChart";
import { ErrorState, Skeleton } from "../../components/States";
import { variantsOf, type Experiment } from "../page/experiment";
import type { Outcome } from "../results/results";
import styles from "./Metric.module.css";
import { answerOf, useTimeseries, type Series } from "./timeseries";

interface Props {
  experiment: Experiment;
  outcome: Outcome;
}

export function TimeSeries({ experiment, outcome }: Props) {
  const { series, asking, isKept, isUnderWay } = useTimeseries(experiment, outcome);
  if (!isKept) return <p>Days are kept for metrics of the experiment that have an id.</p>;
  if (series.error) return <ErrorState error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data) return <Skeleton height={280} />;
  const days = Object.entries(series.data.timeseries);
  const done = days.filter(([, point]) => point !== null).length;
  const errors = Object.entries(series.data.errors ?? {});
  return (
    <>
      <div className={styles.work} role="status">
        {isUnderWay ? (
          <>
            <progress max={days.length} value={done} aria-label="Days computed" />
            <span>
              {count(done)} of {count(days.length)} days are computed. You may leave this page; the
              work goes on.
            </span>
          </>
        ) : (
          <span className={styles.muted}>
            {series.data.computed_at
              ? `${count(done)} of ${count(days.length)} days, computed ${since(series.data.computed_at)}.`
              : "Not computed yet. The days so far can be computed now; each further one is added by itself."}
          </span>
        )}
        <Button isSmall onPress={() => asking.mutate()} isDisabled={isUnderWay || asking.isPending}>
          {done === 0 ? "Compute the days" : "Compute anew"}
        </Button>
      </div>
      {asking.error && <ErrorState error={asking.error} onRetry={() => asking.mutate()} />}
      {done > 0 && <Chart experiment={experiment} series={series.data} />}
      {errors.length > 0 && (
        <details className={styles.muted}>
          <summary>{count(errors.length)} days could not be computed</summary>
          <ul>
            {errors.map(([day, message]) => (
              <li key={day}>
                {day}: {message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Chart({ experiment, series }: { experiment: Experiment; series: Series }) {
  const variants = variantsOf(experiment);
  const lines: Line[] = variants.flatMap((variant, index) => {
    const points = pointsOf(series, variant.key);
    return points.some((point) => point.value !== null)
      ? [{ index, name: variant.name, points }]
      : [];
  });
  if (lines.length === 0) return <p className={styles.muted}>No day has units enough to be judged.</p>;
  const said = lines.map(({ name, points }) => {
    const last = points.findLast((point) => point.value !== null);
    return `${name} ${change(last?.value)} on the last day`;
  });
  return (
    <LineChart
      label={`Relative effect by day, against the baseline: ${said.join("; ")}.`}
      series={lines}
      format={(value) => change(value, 0)}
      hasZero
    >
      <p className={styles.muted}>
        Line: the relative effect of all days so far; band: its interval. A large dot: the verdict
        changed on that day.
      </p>
    </LineChart>
  );
}

const VERDICTS: Record<string, string> = {
  better: "better from this day on",
  worse: "worse from this day on",
  "no difference shown": "no longer told apart",
};

function pointsOf(series: Series, variant: string): Point[] {
  let before: string | null = "no difference shown";
  return Object.entries(series.timeseries).map(([day, point]) => {
    const own = answerOf(point)?.variant_results.find((one) => one.key === variant)?.splitplot;
    const verdict = own?.verdict ?? null;
    const isChanged = verdict !== null && verdict !== before;
    if (verdict !== null) before = verdict;
    return {
      day,
      value: own?.relative?.effect ?? null,
      lower: own?.relative?.interval[0] ?? null,
      upper: own?.relative?.interval[1] ?? null,
      remark: isChanged ? VERDICTS[verdict] : undefined,
    };
  });
}
