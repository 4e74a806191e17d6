import { ComboField } from "../../components/ComboField";
import { useEventNames } from "../../events/definitions";

interface Props {
  label: string;
  value: string;
  onChange: (event: string) => void;
  error?: string | undefined;
}

/** An event's name: one that was captured, or one that will be. */
export function EventField({ label, value, onChange, error }: Props) {
  const names = useEventNames();
  const isUnseen = value !== "" && names !== undefined && !names.includes(value);
  return (
    <ComboField
      label={label}
      value={value}
      onChange={onChange}
      suggestions={(names ?? []).map((name) => ({ id: name }))}
      placeholder="Choose or type a name"
      help={isUnseen ? "⚠ No event of this name has been captured yet." : undefined}
      error={error}
    />
  );
}
