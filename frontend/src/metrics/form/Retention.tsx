import { Checkbox, Choice, NumberField, Select, type Option } from "../../components/Fields";
import { newNode, type TimeUnit } from "../document";
import styles from "../MetricForm.module.css";
import type { PartProps } from "../MetricForm";
import { UNITS } from "./Limits";
import { NodeFields } from "./NodeFields";

const HANDLING: readonly Option<"first_seen" | "last_seen">[] = [
  { id: "first_seen", label: "The first one" },
  { id: "last_seen", label: "The last one" },
];

export function Retention({ value, onChange, errors }: PartProps) {
  const startsWithExposure = value.start_event?.kind === "ExperimentExposureNode";
  const setStart = (byExposure: boolean) => {
    if (!byExposure) return onChange({ ...value, start_event: newNode() });
    // A start by exposure is the first one, and comes in no window after itself.
    const { conversion_window, conversion_window_unit, ...rest } = value;
    onChange({ ...rest, start_event: { kind: "ExperimentExposureNode" }, start_handling: "first_seen" });
  };
  return (
    <>
      <Checkbox isSelected={startsWithExposure} onChange={setStart}>
        Starts with the exposure itself
      </Checkbox>
      {!startsWithExposure && (
        <>
          <NodeFields
            legend="Starts with"
            place="start_event"
            value={value.start_event}
            onChange={(start_event) => onChange({ ...value, start_event })}
            errors={errors}
            hasNoMath
            hasNoTables
          />
          <Choice
            label="When a unit starts several times, this start counts"
            value={value.start_handling ?? "first_seen"}
            onChange={(start_handling) => onChange({ ...value, start_handling })}
            options={HANDLING}
            isHorizontal
          />
        </>
      )}
      <NodeFields
        legend="Comes back with"
        place="completion_event"
        value={value.completion_event}
        onChange={(completion_event) => onChange({ ...value, completion_event })}
        errors={errors}
        hasNoMath
        hasNoTables
      />
      <div className={styles.row}>
        <NumberField
          label="From"
          value={value.retention_window_start ?? null}
          onChange={(start) => onChange({ ...value, retention_window_start: start })}
          min={0}
          error={errors?.["retention_window_start"]}
        />
        <NumberField
          label="To"
          value={value.retention_window_end ?? null}
          onChange={(end) => onChange({ ...value, retention_window_end: end })}
          min={value.retention_window_start ?? 0}
          error={errors?.["retention_window_end"]}
        />
        <Select<TimeUnit>
          label="Counted in"
          value={value.retention_window_unit ?? "day"}
          onChange={(retention_window_unit) => onChange({ ...value, retention_window_unit })}
          options={UNITS}
        />
      </div>
      <Checkbox
        isSelected={value.count_all_exposed === true}
        onChange={(count_all_exposed) => onChange({ ...value, count_all_exposed })}
      >
        Exposed units that never started count as not having come back
      </Checkbox>
    </>
  );
}
