import { Button } from "../components/Button";
import { Select, TextField } from "../components/Fields";
import styles from "./Settings.module.css";

export interface Filter {
  key: string;
  type?: string;
  operator?: string;
  value?: unknown;
}

const OPERATORS = [
  { id: "exact", label: "is" },
  { id: "is_not", label: "is not" },
  { id: "icontains", label: "contains" },
  { id: "not_icontains", label: "does not contain" },
  { id: "regex", label: "matches" },
  { id: "not_regex", label: "does not match" },
  { id: "is_set", label: "is set" },
  { id: "is_not_set", label: "is not set" },
] as const;

const KINDS = [
  { id: "person", label: "Person" },
  { id: "event", label: "Event" },
] as const;

interface Props {
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
  error: string | null;
  isDisabled: boolean;
}

/** Who counts: what events and persons must satisfy not to be test accounts. */
export function TestAccounts({ filters, onChange, error, isDisabled }: Props) {
  const replaceAt = (at: number, changes: Partial<Filter>) =>
    onChange(filters.map((one, index) => (index === at ? { ...one, ...changes } : one)));
  return (
    <fieldset className={styles.fieldset} disabled={isDisabled}>
      <legend className={styles.legend}>Test accounts</legend>
      <p className={styles.muted}>
        Results count only what satisfies all of these, for example “Person e-mail does not contain
        @ourshop.example”.
      </p>
      {filters.map((filter, at) => (
        <FilterRow
          key={at}
          filter={filter}
          number={at + 1}
          isDisabled={isDisabled}
          onChange={(changes) => replaceAt(at, changes)}
          onRemove={() => onChange(filters.filter((_, index) => index !== at))}
        />
      ))}
      {error && <p role="alert">{error}</p>}
      {!isDisabled && (
        <Button
          isSmall
          onPress={() =>
            onChange([...filters, { key: "", type: "person", operator: "not_icontains", value: "" }])
          }
        >
          Add a filter
        </Button>
      )}
    </fieldset>
  );
}

interface RowProps {
  filter: Filter;
  number: number;
  isDisabled: boolean;
  onChange: (changes: Partial<Filter>) => void;
  onRemove: () => void;
}

function FilterRow({ filter, number, isDisabled, onChange, onRemove }: RowProps) {
  const operator = filter.operator ?? "exact";
  const hasValue = operator !== "is_set" && operator !== "is_not_set";
  return (
    <div className={styles.filter} role="group" aria-label={`Filter ${number}`}>
      <Select
        label="Of"
        value={filter.type ?? "event"}
        onChange={(type) => onChange({ type })}
        options={withOther(KINDS, filter.type ?? "event")}
        isDisabled={isDisabled}
      />
      <TextField
        label="Property"
        value={filter.key}
        onChange={(key) => onChange({ key })}
        isDisabled={isDisabled}
      />
      <Select
        label="Comparison"
        value={operator}
        onChange={(next) => onChange({ operator: next })}
        options={withOther(OPERATORS, operator)}
        isDisabled={isDisabled}
      />
      {hasValue && (
        <TextField
          label="Value"
          value={textOf(filter.value)}
          onChange={(value) => onChange({ value })}
          isDisabled={isDisabled}
        />
      )}
      {!isDisabled && (
        <Button isSmall look="quiet" onPress={onRemove} aria-label={`Remove filter ${number}`}>
          Remove
        </Button>
      )}
    </div>
  );
}

/** What a script has set stays as it is, though it is not offered here. */
function withOther(options: readonly { id: string; label: string }[], present: string) {
  return options.some((one) => one.id === present)
    ? options
    : [...options, { id: present, label: present }];
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}
