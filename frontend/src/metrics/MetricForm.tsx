/** What is measured: the kind of metric, its events, which way is better, and when it counts. */
import { Choice, type Option } from "../components/Fields";
import type { Goal, MetricDocument, MetricType } from "./document";
import { withType } from "./document";
import { describeMetric } from "./describe";
import { FunnelSteps } from "./form/FunnelSteps";
import { Limits } from "./form/Limits";
import { NodeFields } from "./form/NodeFields";
import { Retention } from "./form/Retention";
import styles from "./MetricForm.module.css";

export type { MetricDocument } from "./document";
export { newMetric, problemsOf } from "./document";

/** What the form's parts show and change. */
export interface PartProps {
  value: MetricDocument;
  onChange: (next: MetricDocument) => void;
  /** By the place in the document: `source.event`, `conversion_window`, … */
  errors?: Record<string, string>;
}

const TYPES: readonly Option<MetricType>[] = [
  { id: "mean", label: "Mean", help: "One number per unit: how often, how much." },
  { id: "funnel", label: "Funnel", help: "Whether a unit reached the last of some steps." },
  { id: "ratio", label: "Ratio", help: "One total divided by another: revenue per order." },
  { id: "retention", label: "Retention", help: "Whether a unit came back after a start." },
];

const GOALS: readonly Option<Goal>[] = [
  { id: "increase", label: "▲ Higher is better" },
  { id: "decrease", label: "▼ Lower is better" },
];

export function MetricForm({ value, onChange, errors = {} }: PartProps) {
  return (
    <div className={styles.form}>
      <div className={styles.types}>
        <Choice
          label="Kind of metric"
          value={value.metric_type}
          onChange={(type) => onChange(withType(value, type))}
          options={TYPES}
          isHorizontal
        />
      </div>
      <Events value={value} onChange={onChange} errors={errors} />
      <Choice
        label="Goal"
        value={value.goal ?? "increase"}
        onChange={(goal) => onChange({ ...value, goal })}
        options={GOALS}
        isHorizontal
      />
      <Limits value={value} onChange={onChange} errors={errors} />
      <p className={styles.sentence}>
        <strong>In words:</strong> {describeMetric(value)}.
      </p>
    </div>
  );
}

function Events({ value, onChange, errors }: PartProps) {
  switch (value.metric_type) {
    case "funnel":
      return <FunnelSteps value={value} onChange={onChange} errors={errors ?? {}} />;
    case "retention":
      return <Retention value={value} onChange={onChange} errors={errors ?? {}} />;
    case "ratio":
      return (
        <>
          <NodeFields
            legend="Divide this"
            place="numerator"
            value={value.numerator}
            onChange={(numerator) => onChange({ ...value, numerator })}
            errors={errors}
          />
          <NodeFields
            legend="by this"
            place="denominator"
            value={value.denominator}
            onChange={(denominator) => onChange({ ...value, denominator })}
            errors={errors}
          />
        </>
      );
    default:
      return (
        <NodeFields
          legend="What is counted"
          place="source"
          value={value.source}
          onChange={(source) => onChange({ ...value, source })}
          errors={errors}
        />
      );
  }
}
