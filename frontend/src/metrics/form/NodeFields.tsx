import { ComboField } from "../../components/ComboField";
import { NumberField, Select, TextField, type Option } from "../../components/Fields";
import { useProperties } from "../../events/definitions";
import { PropertyFilters } from "../../filters/PropertyFilters";
import { newNode, NEEDS_PROPERTY, type Math, type MetricNode } from "../document";
import styles from "../MetricForm.module.css";
import { EventField } from "./EventField";
import { useActions, useTables } from "./sources";
import { TableFields } from "./TableFields";

type Source = "event" | "any" | "action" | "table";

const EVENTS: readonly Option<Source>[] = [
  { id: "event", label: "Events of a name" },
  { id: "any", label: "Every event" },
];
const ACTION: Option<Source> = { id: "action", label: "An action" };
const TABLE: Option<Source> = { id: "table", label: "Rows of a table" };

const MATHS: readonly Option<Math>[] = [
  { id: "total", label: "Number of events" },
  { id: "sum", label: "Sum of a property" },
  { id: "avg", label: "Average of a property" },
  { id: "min", label: "Smallest value of a property" },
  { id: "max", label: "Largest value of a property" },
  { id: "dau", label: "Number of persons", help: "For one person: whether it happened." },
  { id: "unique_session", label: "Number of sessions" },
  { id: "unique_group", label: "Number of groups" },
  { id: "hogql", label: "Expression", help: "For example sum(properties.amount)." },
];

interface Props {
  legend: string;
  /** Of the node in the document; errors are named after it. */
  place: string;
  value: MetricNode | undefined;
  onChange: (next: MetricNode) => void;
  errors?: Record<string, string> | undefined;
  /** Steps and returns happen or do not: nothing is added up. */
  hasNoMath?: boolean;
  /** Retention reads events alone. */
  hasNoTables?: boolean;
}

/** The events that a source or a step stands for. */
export function NodeFields(props: Props) {
  const { legend, place, value, onChange, errors = {}, hasNoMath, hasNoTables } = props;
  const node = value ?? newNode();
  const source = sourceOf(node);
  return (
    <fieldset className={styles.part}>
      <legend>{legend}</legend>
      <div className={styles.row}>
        <Select
          label="Reads"
          value={source}
          onChange={(next) => onChange(withSource(node, next))}
          options={useSources(source, !hasNoTables)}
        />
        {source === "event" && (
          <EventField
            label="Event"
            value={node.event ?? ""}
            onChange={(event) => onChange({ ...node, event })}
            error={errors[`${place}.event`]}
          />
        )}
        {source === "action" && (
          <ActionField node={node} onChange={onChange} error={errors[`${place}.event`]} />
        )}
        {source === "table" && (
          <TableFields node={node} onChange={onChange} error={errors[`${place}.event`]} />
        )}
        {!hasNoMath && (
          <Select
            label="Takes"
            value={node.math ?? "total"}
            onChange={(math) => onChange(withMath(node, math))}
            options={MATHS}
          />
        )}
        {!hasNoMath && <MathDetail place={place} node={node} onChange={onChange} errors={errors} />}
      </div>
      {source !== "table" && (
        <Filters legend={legend} node={node} onChange={onChange} error={errors[`${place}.properties`]} />
      )}
    </fieldset>
  );
}

interface FiltersProps {
  legend: string;
  node: MetricNode;
  onChange: (next: MetricNode) => void;
  error: string | undefined;
}

function Filters({ legend, node, onChange, error }: FiltersProps) {
  const properties = useProperties({ event: node.event ?? null });
  return (
    <PropertyFilters
      label={legend}
      value={node.properties ?? []}
      onChange={(next) => onChange({ ...node, properties: next })}
      kinds={["event", "person", "cohort"]}
      properties={properties.map((one) => ({ id: one.name, remark: one.property_type ?? undefined }))}
      error={error ?? null}
    />
  );
}

interface DetailProps {
  place: string;
  node: MetricNode;
  onChange: (next: MetricNode) => void;
  errors: Record<string, string>;
}

function MathDetail({ place, node, onChange, errors }: DetailProps) {
  if (NEEDS_PROPERTY.includes(node.math ?? "")) {
    return <PropertyField place={place} node={node} onChange={onChange} errors={errors} />;
  }
  if (node.math === "hogql") {
    return (
      <TextField
        label="Expression"
        value={node.math_hogql ?? ""}
        onChange={(math_hogql) => onChange({ ...node, math_hogql })}
        error={errors[`${place}.math_hogql`]}
      />
    );
  }
  if (node.math === "unique_group") {
    return (
      <NumberField
        label="Number of the group type"
        value={node.math_group_type_index ?? null}
        onChange={(math_group_type_index) => onChange({ ...node, math_group_type_index })}
        min={0}
        max={4}
        error={errors[`${place}.math_group_type_index`]}
      />
    );
  }
  return null;
}

function PropertyField({ place, node, onChange, errors }: DetailProps) {
  const properties = useProperties({ event: node.event ?? null });
  const table = useTables().find((one) => one.name === node.table_name);
  const chosen = properties.find((one) => one.name === node.math_property);
  const isNoNumber = sourceOf(node) !== "table" && chosen !== undefined && !chosen.is_numerical;
  const suggestions =
    sourceOf(node) === "table"
      ? (table?.columns ?? []).map((one) => ({ id: one.name, remark: one.type }))
      : properties
          .filter((one) => one.is_numerical)
          .map((one) => ({ id: one.name, remark: one.property_type ?? undefined }));
  return (
    <ComboField
      label="Property"
      value={node.math_property ?? ""}
      onChange={(math_property) => onChange({ ...node, math_property })}
      suggestions={suggestions}
      placeholder="Choose or type a name"
      help={isNoNumber ? "⚠ Not all of its values are numbers; those count as 0." : undefined}
      error={errors[`${place}.math_property`]}
    />
  );
}

/** What there is to read from; what the metric reads from already, in any case. */
function useSources(now: Source, mayBeTable: boolean): Option<Source>[] {
  const hasActions = useActions().length > 0 || now === "action";
  const hasTables = (useTables().length > 0 && mayBeTable) || now === "table";
  return [...EVENTS, ...(hasActions ? [ACTION] : []), ...(hasTables ? [TABLE] : [])];
}

function ActionField(props: {
  node: MetricNode;
  onChange: (next: MetricNode) => void;
  error: string | undefined;
}) {
  const { node, onChange, error } = props;
  const actions = useActions();
  return (
    <Select
      label="Action"
      value={node.id ? String(node.id) : null}
      onChange={(id) => {
        const action = actions.find((one) => String(one.id) === id);
        onChange({ ...node, id: Number(id), name: action?.name ?? null });
      }}
      options={actions.map((one) => ({ id: String(one.id), label: one.name }))}
      error={error}
    />
  );
}

function sourceOf(node: MetricNode): Source {
  if (node.kind === "ActionsNode") return "action";
  if (node.kind === "ExperimentDataWarehouseNode") return "table";
  return node.event === null ? "any" : "event";
}

function withSource(node: MetricNode, source: Source): MetricNode {
  if (source === sourceOf(node)) return node;
  const { math, math_property, properties } = node;
  const kept = { ...(math && { math }), ...(math_property && { math_property }), ...(properties && { properties }) };
  switch (source) {
    case "action":
      return { kind: "ActionsNode", id: null, ...kept };
    case "table":
      return {
        kind: "ExperimentDataWarehouseNode",
        table_name: "",
        timestamp_field: "",
        data_warehouse_join_key: "",
        events_join_key: "distinct_id",
      };
    default:
      return { kind: "EventsNode", event: source === "any" ? null : "", ...kept };
  }
}

function withMath(node: MetricNode, math: Math): MetricNode {
  const { math_property, math_hogql, math_group_type_index, ...rest } = node;
  const kept = NEEDS_PROPERTY.includes(math) ? { math_property: math_property ?? "" } : {};
  return { ...rest, math, ...kept };
}
