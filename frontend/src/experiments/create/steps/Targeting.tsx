import { useState } from "react";

import { Button } from "../../../components/Button";
import { ComboField } from "../../../components/ComboField";
import { Select, TextField, type Option } from "../../../components/Fields";
import { useProperties } from "../../../events/definitions";
import type { PropertyFilter } from "../../../metrics/document";
import styles from "../Create.module.css";

const OPERATORS: readonly Option[] = [
  { id: "exact", label: "is" },
  { id: "is_not", label: "is not" },
  { id: "icontains", label: "contains" },
  { id: "not_icontains", label: "does not contain" },
  { id: "gt", label: "is more than" },
  { id: "lt", label: "is less than" },
  { id: "is_set", label: "is known" },
  { id: "is_not_set", label: "is not known" },
];
const WITHOUT_VALUE = ["is_set", "is_not_set"];

interface Props {
  filters: readonly PropertyFilter[];
  onChange: (filters: readonly PropertyFilter[]) => void;
  error?: string | undefined;
}

const isWhole = (filter: PropertyFilter) =>
  filter.key !== "" &&
  (WITHOUT_VALUE.includes(filter.operator ?? "") || String(filter.value ?? "") !== "");

/** Person properties that must all hold. Half a filter is shown, and not saved yet. */
export function Targeting({ filters, onChange, error }: Props) {
  const [rows, setRows] = useState(filters);
  const properties = useProperties("person");
  const set = (next: readonly PropertyFilter[]) => {
    setRows(next);
    onChange(next.filter(isWhole));
  };
  const replace = (at: number, part: Partial<PropertyFilter>) =>
    set(rows.map((one, place) => (place === at ? { ...one, ...part } : one)));
  return (
    <fieldset className={styles.fieldset}>
      <legend>Who may enter</legend>
      {rows.length === 0 && <p className={styles.muted}>Everybody.</p>}
      {rows.map((filter, at) => (
        <div key={at} className={styles.filter}>
          <ComboField
            label="Person property"
            isLabelHidden
            placeholder="Person property"
            value={filter.key}
            onChange={(key) => replace(at, { key })}
            suggestions={properties.map((one) => ({ id: one.name }))}
          />
          <Select
            label="Comparison"
            isLabelHidden
            value={filter.operator ?? "exact"}
            onChange={(operator) => replace(at, { operator })}
            options={OPERATORS}
          />
          {WITHOUT_VALUE.includes(filter.operator ?? "") ? (
            <span />
          ) : (
            <TextField
              label="Value"
              isLabelHidden
              placeholder="Value"
              value={textOf(filter.value)}
              onChange={(value) => replace(at, { value })}
            />
          )}
          <Button
            isSmall
            look="quiet"
            aria-label="Remove this condition"
            onPress={() => set(rows.filter((_, place) => place !== at))}
          >
            ✕
          </Button>
        </div>
      ))}
      {error && (
        <p role="alert" className={styles.problem}>
          {error}
        </p>
      )}
      <div className={styles.row}>
        <Button
          isSmall
          onPress={() => setRows([...rows, { key: "", type: "person", operator: "exact", value: "" }])}
        >
          Add a condition
        </Button>
      </div>
    </fieldset>
  );
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));
