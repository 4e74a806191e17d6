/** What will happen, in plain words, beside the form. Every number is the API's. */
import { count, number, percent } from "../../components/format";
import { Skeleton } from "../../components/States";
import { describeMetric } from "../../metrics/describe";
import styles from "./Create.module.css";
import { rolloutOf, targetingOf, variantsOf, type Experiment } from "./draft";
import { chosenMetrics } from "./metrics";
import { effectOf, type Outlook } from "./outlook";

interface Props {
  experiment: Experiment;
  outlook: Outlook | undefined;
  error: Error | null;
}

export function Consequences({ experiment, outlook, error }: Props) {
  const conditions = targetingOf(experiment).length;
  const metrics = chosenMetrics(experiment);
  const deciding = metrics.filter((one) => one.role === "primary");
  const guarding = metrics.filter((one) => one.role === "guardrail");
  return (
    <aside className={styles.aside} aria-label="What will happen">
      <h2>What will happen</h2>
      <p>
        <strong>{rolloutOf(experiment)}%</strong> of{" "}
        {conditions === 0 ? "everybody" : `those who meet ${conditions === 1 ? "the condition" : `${conditions} conditions`}`}{" "}
        take part. Each person gets one variant and keeps it:
      </p>
      <ul className={styles.plain}>
        {variantsOf(experiment).map((one) => (
          <li key={one.key}>
            <strong>{one.rollout_percentage}%</strong> get {one.key}
            {one.name ? ` (${one.name})` : one.key === "control" ? " (what there is today)" : ""}
          </li>
        ))}
      </ul>
      <p>
        {deciding.length === 0
          ? "Nothing decides yet: choose a primary metric."
          : `What decides: ${deciding.map((one) => one.shared?.name ?? (one.document.name || describeMetric(one.document))).join("; ")}.`}
      </p>
      {guarding.length > 0 && (
        <p>
          {guarding.length === 1 ? "One guardrail has" : `${count(guarding.length)} guardrails have`} to
          stay within {guarding.length === 1 ? "its margin" : "their margins"}.
        </p>
      )}
      <h3>How long it takes</h3>
      <div aria-live="polite">
        {error ? (
          <p className={styles.muted}>The estimate could not be made: {error.message}</p>
        ) : outlook ? (
          <Estimate experiment={experiment} outlook={outlook} />
        ) : (
          <Skeleton height={72} />
        )}
      </div>
    </aside>
  );
}

function Estimate({ experiment, outlook }: { experiment: Experiment; outlook: Outlook }) {
  const { metric, recommended_sample_size: units, recommended_running_time_days: days } = outlook;
  return (
    <>
      {days !== null && (
        <p className={styles.estimate}>
          about <strong>{days === 1 ? "1 day" : `${count(days)} days`}</strong>
        </p>
      )}
      {units !== null && (
        <p>
          until {count(units)} people are in, to find a change of {number(effectOf(experiment))}% or
          more.
        </p>
      )}
      <p className={styles.muted}>
        In the last 28 days {count(outlook.units)} {outlook.units === 1 ? "person" : "people"} came, about{" "}
        {number(Math.round(outlook.units_per_day * 10) / 10)} new a day.
        {metric?.baseline_value != null &&
          ` The metric was ${valueText(experiment, metric.baseline_value)} for each of them.`}
      </p>
      {targetingOf(experiment).length > 0 && (
        <p className={styles.muted}>Whom the conditions leave out is not taken off this count.</p>
      )}
      {outlook.reason && <p className={styles.remark}>{outlook.reason.message}</p>}
    </>
  );
}

function valueText(experiment: Experiment, value: number): string {
  const [first] = chosenMetrics(experiment).filter((one) => one.role === "primary");
  const type = first?.document.metric_type;
  return type === "funnel" || type === "retention" ? percent(value) : number(value);
}
