import { NumberField, TextField } from "../components/Fields";
import type { Refusals } from "../components/Form";
import type { HoldoutFields } from "./useHoldouts";

interface Props {
  value: HoldoutFields;
  onChange: (next: HoldoutFields) => void;
  refusals: Refusals;
}

export function HoldoutForm({ value, onChange, refusals }: Props) {
  return (
    <>
      <TextField
        label="Name"
        value={value.name}
        onChange={(name) => onChange({ ...value, name })}
        error={refusals.of("name")}
        isRequired
      />
      <TextField
        label="Description"
        value={value.description}
        onChange={(description) => onChange({ ...value, description })}
        error={refusals.of("description")}
        isMultiline
      />
      <NumberField
        label="Keep out, in percent of all units"
        help="The same units in every experiment under this holdout, by their id alone."
        value={value.size}
        onChange={(size) => onChange({ ...value, size })}
        min={0}
        max={100}
        step={0.1}
        error={refusals.of("filters")}
      />
    </>
  );
}
