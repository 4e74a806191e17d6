/** Who was exposed, cumulatively by day. */
import { count } from "../../components/format";
import { LineChart } from "../../components/LineChart";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { VariantTag } from "../../components/VariantTag";
import { variantsOf, type Experiment } from "../page/experiment";
import { MULTIPLE, useExposures } from "../page/health";
import styles from "./Health.module.css";

export function ExposuresChart({ experiment }: { experiment: Experiment }) {
  const exposures = useExposures(experiment);
  const variants = variantsOf(experiment);
  if (experiment.start_date === null) {
    return <p className={styles.muted}>Units are counted from the launch on.</p>;
  }
  if (exposures.error) {
    return (
      <ErrorState
        error={exposures.error}
        onRetry={() => void exposures.refetch()}
        reassurance="Assignments continue; only counting them failed."
      />
    );
  }
  if (!exposures.data) return <Skeleton height={270} />;
  const { timeseries, total_exposures: totals } = exposures.data;
  const analysed = timeseries.filter((one) => one.variant !== MULTIPLE);
  if (analysed.every((one) => !totals[one.variant])) return <NobodyYet experiment={experiment} />;
  const series = analysed.map(({ variant, days, exposure_counts }) => {
    const index = variants.findIndex((one) => one.key === variant);
    return {
      index: index < 0 ? variants.length : index,
      name: variants[index]?.name ?? variant,
      points: days.map((day, at) => ({ day, value: exposure_counts[at] ?? null })),
    };
  });
  const said = series.map((one, at) => `${one.name} ${count(totals[analysed[at]?.variant ?? ""])}`);
  return (
    <LineChart label={`Units exposed so far: ${said.join(", ")}.`} series={series} format={count}>
      <ul className={styles.totals}>
        {series.map((one, at) => (
          <li key={one.name}>
            <VariantTag index={one.index} name={one.name} /> {count(totals[analysed[at]?.variant ?? ""])}
          </li>
        ))}
        {!!totals[MULTIPLE] && <li>several variants: {count(totals[MULTIPLE])}</li>}
      </ul>
    </LineChart>
  );
}

function NobodyYet({ experiment }: { experiment: Experiment }) {
  return (
    <EmptyState title="Nobody has been exposed yet">
      Units appear here as soon as an SDK evaluates <code>{experiment.feature_flag_key}</code> and
      sends its exposure. The usual causes of none: the flag is not evaluated where the experiment
      runs, release conditions let nobody in, or exposure events are not sent.
    </EmptyState>
  );
}

