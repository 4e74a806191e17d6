import { useState } from "react";

import { Checkbox, NumberField, Select, type Option } from "../../components/Fields";
import type { MetricDocument, Outliers, TimeUnit } from "../document";
import styles from "../MetricForm.module.css";
import type { PartProps } from "../MetricForm";

export const UNITS: readonly Option<TimeUnit>[] = [
  { id: "minute", label: "Minutes" },
  { id: "hour", label: "Hours" },
  { id: "day", label: "Days" },
  { id: "week", label: "Weeks" },
  { id: "month", label: "Months of 30 days" },
  { id: "second", label: "Seconds" },
];

const SHARE = { style: "percent", maximumFractionDigits: 2 } as const;

/** In which time events count, and how far single units count. */
export function Limits({ value, onChange, errors = {} }: PartProps) {
  const hasWindow = value.start_event?.kind !== "ExperimentExposureNode";
  // Not later: emptying the last field must not fold away the field.
  const [isOpen] = useState(() => hasLimits(value));
  return (
    <details className={styles.more} open={isOpen}>
      <summary>Time window, outliers and guardrail</summary>
      <div className={styles.part}>
        {hasWindow && <Window value={value} onChange={onChange} errors={errors} />}
        {value.metric_type === "mean" && (
          <>
            <Capping label="" value={value} onChange={onChange} />
            <Threshold value={value} onChange={onChange} errors={errors} />
          </>
        )}
        {value.metric_type === "ratio" && (
          <>
            <Capping
              label="Divided: "
              value={value.numerator_outlier_handling ?? {}}
              onChange={(side) => onChange({ ...value, numerator_outlier_handling: side })}
            />
            <Capping
              label="Divisor: "
              value={value.denominator_outlier_handling ?? {}}
              onChange={(side) => onChange({ ...value, denominator_outlier_handling: side })}
            />
          </>
        )}
        <NumberField
          label="As a guardrail: largest acceptable loss"
          help="A share of the control's value. Empty: this is no guardrail."
          value={value.guardrail_margin ?? null}
          onChange={(guardrail_margin) => onChange({ ...value, guardrail_margin })}
          min={0.0001}
          max={1}
          step={0.0001}
          format={SHARE}
          error={errors["guardrail_margin"]}
        />
      </div>
    </details>
  );
}

function Window({ value, onChange, errors = {} }: PartProps) {
  const set = (count: number | null, unit: TimeUnit) =>
    onChange({ ...value, conversion_window: count, conversion_window_unit: count ? unit : null });
  const unit = value.conversion_window_unit ?? "day";
  return (
    <div className={styles.pair}>
      <NumberField
        label="Counts for"
        value={value.conversion_window ?? null}
        onChange={(count) => set(count, unit)}
        min={1}
        error={errors["conversion_window"]}
      />
      <Select<TimeUnit>
        label="after exposure, in"
        help={value.conversion_window ? undefined : "Empty: as long as the experiment runs."}
        value={unit}
        onChange={(next) => set(value.conversion_window ?? null, next)}
        options={UNITS}
        isDisabled={!value.conversion_window}
      />
    </div>
  );
}

interface CappingProps<T extends Outliers> {
  label: string;
  value: T;
  onChange: (next: T) => void;
}

function Capping<T extends Outliers>({ label, value, onChange }: CappingProps<T>) {
  const isCapped = value.lower_bound_percentile != null || value.upper_bound_percentile != null;
  return (
    <>
      <div className={styles.row}>
        <NumberField
          label={`${label}Raise values below percentile`}
          value={value.lower_bound_percentile ?? null}
          onChange={(lower_bound_percentile) => onChange({ ...value, lower_bound_percentile })}
          min={0}
          max={1}
          step={0.001}
          format={SHARE}
        />
        <NumberField
          label={`${label}Lower values above percentile`}
          help={isCapped ? undefined : "For example 99%. Empty: values count as they are."}
          value={value.upper_bound_percentile ?? null}
          onChange={(upper_bound_percentile) => onChange({ ...value, upper_bound_percentile })}
          min={0}
          max={1}
          step={0.001}
          format={SHARE}
        />
      </div>
      {isCapped && (
        <Checkbox
          isSelected={value.ignore_zeros === true}
          onChange={(ignore_zeros) => onChange({ ...value, ignore_zeros })}
        >
          {label}Percentiles are those of units above zero
        </Checkbox>
      )}
    </>
  );
}

function Threshold({ value, onChange, errors = {} }: PartProps) {
  const math = value.source?.math ?? "total";
  const isCapped = value.lower_bound_percentile != null || value.upper_bound_percentile != null;
  // What the API refuses is not offered.
  if (isCapped || (math !== "total" && math !== "sum")) return null;
  return (
    <NumberField
      label="Count units that reach at least"
      help="Empty: the number itself is measured, not whether it was reached."
      value={value.threshold ?? null}
      onChange={(threshold) => onChange({ ...value, threshold })}
      min={0}
      error={errors["threshold"]}
    />
  );
}

function hasLimits(metric: MetricDocument): boolean {
  return [
    metric.conversion_window,
    metric.lower_bound_percentile,
    metric.upper_bound_percentile,
    metric.numerator_outlier_handling,
    metric.denominator_outlier_handling,
    metric.threshold,
    metric.guardrail_margin,
  ].some((set) => set != null);
}
