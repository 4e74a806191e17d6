/** The rows of one metric: its name, then one row for each variant. */
import type { ReactNode } from "react";
import { Link } from "wouter";

import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { percent } from "../../components/format";
import { Skeleton } from "../../components/States";
import type { Domain } from "../../components/intervalScale";
import { nameOfMetric, TYPE_NAMES, TYPE_SYMBOLS } from "../../metrics/describe";
import type { Variant } from "../page/experiment";
import { BaselineRow, TreatmentRow } from "./VariantRow";
import styles from "./Results.module.css";
import { documentOf, type Outcome, type Results } from "./results";
import type { View } from "./view";
import { typeOf } from "./words";

export const COLUMNS = 7;

export interface GroupProps {
  outcome: Outcome;
  results: Results;
  variants: readonly Variant[];
  domain: Domain;
  view: View;
  /** Address of the metric's own page. */
  href: string;
  onRetry: () => void;
}

export function MetricGroup(props: GroupProps) {
  const { outcome, results, variants, href, onRetry } = props;
  const { result } = outcome;
  return (
    <tbody data-metric={outcome.key} className={styles.group}>
      <Heading outcome={outcome} href={href} />
      {result ? (
        <>
          <BaselineRow {...props} sums={result.baseline} variants={variants} />
          {result.variant_results.map((sums) => (
            <TreatmentRow key={sums.key} {...props} results={results} sums={sums} />
          ))}
        </>
      ) : (
        <Failure outcome={outcome} onRetry={onRetry} />
      )}
    </tbody>
  );
}

function Heading({ outcome, href }: { outcome: Outcome; href: string }) {
  return (
    <tr className={styles.heading}>
      <th scope="rowgroup" colSpan={COLUMNS}>
        <span className={styles.headingLine}>
          <Link href={href} className={styles.metricName}>
            {outcome.name ?? nameOfMetric(documentOf(outcome))}
          </Link>
          <Badges outcome={outcome} />
        </span>
      </th>
    </tr>
  );
}

export function Badges({ outcome }: { outcome: Outcome }) {
  const type = typeOf(outcome);
  const isDown = (outcome.goal ?? outcome.metric["goal"]) === "decrease";
  const reduction = outcome.result?.variant_results[0]?.splitplot.adjustment?.variance_reduction;
  return (
    <>
      <span className={styles.aside}>
        <span aria-hidden="true">{isDown ? "↓" : "↑"}</span> {isDown ? "lower" : "higher"} is better
      </span>
      {TYPE_NAMES[type] && (
        <span className={styles.aside}>
          <span aria-hidden="true">{TYPE_SYMBOLS[type]}</span> {TYPE_NAMES[type]}
        </span>
      )}
      {outcome.margin !== null && <Badge>margin {percent(outcome.margin)}</Badge>}
      {reduction != null && reduction >= 0.005 && (
        <Badge>CUPED −{percent(reduction, 0)} variance</Badge>
      )}
      {isCapped(outcome) && <Badge>capped</Badge>}
      {outcome.result?.warnings.map((warning) => (
        <Badge key={warning.code} tone="caution" symbol="!">
          {warning.message}
        </Badge>
      ))}
    </>
  );
}

const isCapped = ({ metric }: Outcome) =>
  metric["upper_bound_percentile"] != null || metric["lower_bound_percentile"] != null;

const TIMEOUTS = ["query_resource_limit_exceeded"];

/** Stays in the metric's place: the other metrics are none the worse for it. */
function Failure({ outcome, onRetry }: { outcome: Outcome; onRetry: () => void }) {
  const { reason } = outcome;
  const isTimeout = TIMEOUTS.includes(reason?.code ?? "");
  return (
    <tr>
      <td colSpan={COLUMNS}>
        <div className={styles.failure} role="alert">
          <span aria-hidden="true">✕</span>
          <span>
            <strong>
              {isTimeout
                ? "This metric took too long and was stopped (time-out). "
                : "This metric could not be computed. "}
            </strong>
            {reason?.message}
          </span>
          <Button isSmall onPress={onRetry}>
            Try again
          </Button>
        </div>
      </td>
    </tr>
  );
}

/** Rows of the height that the metric's will have. */
export function MetricSkeleton({ name, rows }: { name: ReactNode; rows: number }) {
  return (
    <tbody className={styles.group}>
      <tr className={styles.heading}>
        <th scope="rowgroup" colSpan={COLUMNS}>
          {name}
        </th>
      </tr>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} className={styles.variant}>
          <td colSpan={COLUMNS}>
            <Skeleton height={32} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}
