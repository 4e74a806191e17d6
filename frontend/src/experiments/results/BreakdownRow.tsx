/** The segments of one metric, below its rows. */
import type { Experiment, Variant } from "../page/experiment";
import { COLUMNS } from "./MetricGroup";
import styles from "./Results.module.css";
import { documentOf, type Outcome } from "./results";
import { Segments } from "./Segments";

interface Props {
  outcome: Outcome;
  experiment: Experiment;
  property: string;
  variants: readonly Variant[];
}

export function BreakdownRow({ outcome, experiment, property, variants }: Props) {
  return (
    <tbody>
      <tr>
        <td colSpan={COLUMNS} className={styles.breakdown}>
          <details>
            <summary>
              {outcome.name ?? documentOf(outcome).name ?? "This metric"} by {property}
            </summary>
            <Segments
              experiment={experiment}
              outcome={outcome}
              property={property}
              variants={variants}
            />
          </details>
        </td>
      </tr>
    </tbody>
  );
}
