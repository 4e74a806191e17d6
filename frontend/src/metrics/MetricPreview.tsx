/** What a metric reads in the last weeks, while it is being written. */
import { CodeBlock } from "../components/CodeBlock";
import { count, number, percent } from "../components/format";
import { Panel } from "../components/Page";
import { ErrorState, Skeleton } from "../components/States";
import { Distribution } from "./Distribution";
import type { MetricDocument } from "./document";
import styles from "./Metrics.module.css";
import { usePreview, type Preview } from "./usePreview";

export function MetricPreview({ metric }: { metric: MetricDocument }) {
  const found = usePreview(metric);
  if (!found.isComplete) {
    return (
      <Panel title="Preview">
        <p className={styles.note}>
          As soon as the metric is complete, this shows what it was in the last 28 days.
        </p>
      </Panel>
    );
  }
  if (found.error) {
    return (
      <Panel title="Preview">
        <ErrorState error={found.error} onRetry={() => void found.refetch()} />
      </Panel>
    );
  }
  if (!found.data) {
    return (
      <Panel title="Preview">
        <Skeleton height={260} />
      </Panel>
    );
  }
  return (
    <>
      <Panel
        title={`Last ${found.data.days} days`}
        aside={found.isFetching ? <span className={styles.note}>Reading…</span> : null}
      >
        <Figures preview={found.data} />
        <Steps preview={found.data} metric={metric} />
        <Distribution bins={found.data.bins} units={found.data.units} />
      </Panel>
      <details className={styles.sql}>
        <summary>The query behind it</summary>
        <CodeBlock label="SQL" code={found.data.sql} />
      </details>
    </>
  );
}

const SHARES: readonly string[] = ["funnel", "retention"];
const VALUE_NAMES: Record<Preview["kind"], string> = {
  mean: "Mean per unit",
  funnel: "Reach the last step",
  ratio: "Ratio",
  retention: "Came back",
};

function Figures({ preview }: { preview: Preview }) {
  const isShare = SHARES.includes(preview.kind);
  return (
    <dl className={styles.figures}>
      <div>
        <dt>{VALUE_NAMES[preview.kind]}</dt>
        <dd className={styles.value}>{isShare ? percent(preview.value) : number(preview.value)}</dd>
      </div>
      <div>
        <dt>{preview.kind === "retention" ? "Units that started" : "Units"}</dt>
        <dd>{count(preview.units)}</dd>
      </div>
      {preview.zero_share !== null && (
        <div>
          <dt>{isShare ? "Did not" : "Share of zeros"}</dt>
          <dd>{percent(preview.zero_share)}</dd>
        </div>
      )}
      {!isShare && (
        <div>
          <dt>Standard deviation</dt>
          <dd>{number(preview.deviation)}</dd>
        </div>
      )}
      {preview.reason && <p className={styles.note}>{preview.reason.message}</p>}
    </dl>
  );
}

function Steps({ preview, metric }: { preview: Preview; metric: MetricDocument }) {
  if (preview.step_counts.length < 2) return null;
  return (
    <ol className={styles.note}>
      {preview.step_counts.map((units, at) => (
        <li key={at}>
          {metric.series?.[at]?.event ?? `Step ${at + 1}`}: {count(units)} units
        </li>
      ))}
    </ol>
  );
}
