/** Conditions on properties, all of which have to hold. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { Button } from "../components/Button";
import { ComboField, type Suggestion } from "../components/ComboField";
import { Select, TextField, type Option } from "../components/Fields";
import { OF_MANY, OF_NONE, OF_TWO, OPERATORS, type Filter } from "./words";
import styles from "./PropertyFilters.module.css";

export type Kind = "event" | "person" | "group" | "cohort" | "flag";

const KIND_NAMES: Record<Kind, string> = {
  event: "Event’s property",
  person: "Person’s property",
  group: "Group’s property",
  cohort: "Cohort",
  flag: "Another flag",
};

interface Props {
  /** Read out before each part: *Rule 1*. */
  label: string;
  value: readonly Filter[];
  onChange: (next: Filter[]) => void;
  /** The first one is what a new filter is about. */
  kinds: readonly Kind[];
  properties: readonly Suggestion[];
  error?: string | null;
}

export function PropertyFilters({ label, value, onChange, kinds, properties, error }: Props) {
  return (
    <div className={styles.filters}>
      {value.map((filter, at) => (
        <FilterRow
          key={at}
          label={`${label}, filter ${at + 1}`}
          filter={filter}
          kinds={kinds}
          properties={properties}
          onChange={(next) => onChange(value.with(at, next))}
          onRemove={() => onChange(value.toSpliced(at, 1))}
        />
      ))}
      {error && <p className={styles.error}>{error}</p>}
      <div>
        <Button isSmall onPress={() => onChange([...value, newFilter(kinds[0] ?? "person")])}>
          + Add a filter
        </Button>
      </div>
    </div>
  );
}

function newFilter(kind: Kind): Filter {
  switch (kind) {
    case "cohort":
      return { key: "id", type: "cohort", operator: "in", value: null };
    case "flag":
      return { key: "", type: "flag", operator: "flag_evaluates_to", value: true };
    default:
      return { key: "", type: kind, operator: "exact", value: [] };
  }
}

interface RowProps {
  label: string;
  filter: Filter;
  kinds: readonly Kind[];
  properties: readonly Suggestion[];
  onChange: (next: Filter) => void;
  onRemove: () => void;
}

function FilterRow({ label, filter, kinds, properties, onChange, onRemove }: RowProps) {
  const kind = (filter.type ?? kinds[0] ?? "person") as Kind;
  const options: Option<Kind>[] = kinds.map((id) => ({ id, label: KIND_NAMES[id] }));
  if (!kinds.includes(kind)) options.push({ id: kind, label: KIND_NAMES[kind] ?? kind });
  return (
    <div className={styles.row} role="group" aria-label={label}>
      {options.length > 1 && (
        <Select
          label={`${label}: about`}
          isLabelHidden
          value={kind}
          onChange={(next) => next !== kind && onChange(newFilter(next))}
          options={options}
        />
      )}
      {kind === "cohort" ? (
        <CohortFields label={label} filter={filter} onChange={onChange} />
      ) : kind === "flag" ? (
        <FlagFields label={label} filter={filter} onChange={onChange} />
      ) : (
        <PropertyFields label={label} filter={filter} onChange={onChange} properties={properties} />
      )}
      <Button look="quiet" isSmall onPress={onRemove} aria-label={`Remove ${label}`}>
        ✕
      </Button>
    </div>
  );
}

interface FieldsProps {
  label: string;
  filter: Filter;
  onChange: (next: Filter) => void;
}

const OPERATOR_OPTIONS: Option[] = Object.entries(OPERATORS).map(([id, words]) => ({
  id,
  label: words,
}));

function PropertyFields(props: FieldsProps & { properties: readonly Suggestion[] }) {
  const { label, filter, onChange, properties } = props;
  const operator = filter.operator ?? "exact";
  return (
    <>
      <ComboField
        label={`${label}: property`}
        isLabelHidden
        value={filter.key}
        onChange={(key) => onChange({ ...filter, key })}
        suggestions={properties}
        placeholder="Property"
      />
      <Select
        label={`${label}: comparison`}
        isLabelHidden
        value={operator}
        onChange={(next) => onChange({ ...filter, operator: next, value: recast(filter.value, next) })}
        options={OPERATOR_OPTIONS}
      />
      {!OF_NONE.includes(operator) && (
        <ValueField
          key={operator}
          label={`${label}: value`}
          operator={operator}
          value={filter.value}
          onChange={(value) => onChange({ ...filter, value })}
        />
      )}
    </>
  );
}

interface ValueProps {
  label: string;
  operator: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Keeps what was typed as it was typed; what it means goes to the filter. */
function ValueField({ label, operator, value, onChange }: ValueProps) {
  const [typed, setTyped] = useState(() => textOf(value));
  const isList = OF_MANY.includes(operator) || OF_TWO.includes(operator);
  return (
    <TextField
      label={label}
      isLabelHidden
      value={typed}
      onChange={(text) => {
        setTyped(text);
        onChange(valueOf(text, operator));
      }}
      placeholder={
        OF_TWO.includes(operator) ? "From, to" : isList ? "Value, or values with commas" : "Value"
      }
    />
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function valueOf(text: string, operator: string): unknown {
  if (!OF_MANY.includes(operator) && !OF_TWO.includes(operator)) return text.trim();
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function recast(value: unknown, operator: string): unknown {
  return OF_NONE.includes(operator) ? undefined : valueOf(textOf(value), operator);
}

function CohortFields({ label, filter, onChange }: FieldsProps) {
  const path = useProjectPath();
  const cohorts = useQuery({
    queryKey: ["cohorts", path.project_id],
    queryFn: () =>
      call(api.GET("/api/projects/{project_id}/cohorts/", { params: { path, query: { limit: "10000" } } })),
  });
  const options = (cohorts.data?.results ?? []).map((one) => ({
    id: String(one.id),
    label: one.name,
  }));
  return (
    <>
      <Select
        label={`${label}: in or not in`}
        isLabelHidden
        value={filter.operator === "not_in" ? "not_in" : "in"}
        onChange={(operator) => onChange({ ...filter, operator })}
        options={[
          { id: "in", label: "is in" },
          { id: "not_in", label: "is not in" },
        ]}
      />
      <Select
        label={`${label}: cohort`}
        isLabelHidden
        value={filter.value == null ? null : String(filter.value)}
        onChange={(id) => onChange({ ...filter, value: Number(id) })}
        options={options}
        placeholder={cohorts.data && options.length === 0 ? "There is no cohort yet" : "Choose a cohort…"}
      />
    </>
  );
}

function FlagFields({ label, filter, onChange }: FieldsProps) {
  const path = useProjectPath();
  const flags = useQuery({
    queryKey: ["flag keys", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/feature_flags/", {
          params: { path, query: { limit: "10000", order: "key" } },
        }),
      ),
  });
  const options = (flags.data?.results ?? []).map((one) => ({ id: String(one.id), label: one.key }));
  return (
    <>
      <Select
        label={`${label}: flag`}
        isLabelHidden
        value={filter.key || null}
        onChange={(key) => onChange({ ...filter, key })}
        options={options}
        placeholder="Choose a flag…"
      />
      <ComboField
        label={`${label}: answer`}
        isLabelHidden
        value={typeof filter.value === "string" ? filter.value : filter.value === false ? "off" : "on"}
        onChange={(text) =>
          onChange({ ...filter, value: text === "on" ? true : text === "off" ? false : text })
        }
        suggestions={[{ id: "on" }, { id: "off" }]}
        placeholder="on, off or a variant"
      />
    </>
  );
}
