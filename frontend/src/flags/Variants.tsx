/** What is served: variants with their shares, and payloads. */
import { Banner } from "../components/Badge";
import { Button } from "../components/Button";
import { NumberField, TextField } from "../components/Fields";
import { letterOf, VariantTag } from "../components/VariantTag";
import { EmptyState } from "../components/States";
import type { PartProps } from "./Editor";
import styles from "./Flags.module.css";
import { ON, variantsOf, type Flag, type FlagFilters, type Variant } from "./model";

export function Variants({ draft, onChange, isReadOnly, flag }: PartProps & { flag: Flag }) {
  const { filters } = draft;
  const variants = variantsOf(filters);
  const setFilters = (next: FlagFilters) => onChange({ ...draft, filters: next });
  const set = (next: Variant[]) =>
    setFilters({
      ...filters,
      multivariate: next.length ? { ...filters.multivariate, variants: next } : null,
    });
  const isRunning = flag.experiment_set_metadata.some((one) => one.is_running);
  return (
    <>
      {isRunning && (
        <Banner tone="caution" title="A running experiment uses these variants.">
          Another split moves people from variant to variant, which its result cannot make good.
        </Banner>
      )}
      {variants.length === 0 ? (
        <EmptyState
          title="This flag is on or off"
          action={!isReadOnly && <Button onPress={() => set(HALVES)}>Serve several variants</Button>}
        >
          Everybody who is let in gets it on. With variants, each of them gets one, always the same.
        </EmptyState>
      ) : (
        <>
          <table className={styles.variants}>
            <caption className="visually-hidden">Variants and the share that gets each</caption>
            <thead>
              <tr>
                <th scope="col">Variant</th>
                <th scope="col">Key</th>
                <th scope="col">Share, percent</th>
                <th scope="col">Payload (JSON)</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {variants.map((variant, at) => (
                <VariantRow
                  key={at}
                  index={at}
                  variant={variant}
                  payload={filters.payloads?.[variant.key] ?? ""}
                  isReadOnly={isReadOnly}
                  onChange={(next) => setFilters(withVariant(filters, at, next))}
                  onPayload={(text) => setFilters(withPayload(filters, variant.key, text))}
                  onRemove={() => set(variants.toSpliced(at, 1))}
                />
              ))}
            </tbody>
          </table>
          {!isReadOnly && (
            <div className={styles.buttons}>
              <Button
                isSmall
                onPress={() => set([...variants, { key: newKey(variants), name: "", rollout_percentage: 0 }])}
              >
                + Add a variant
              </Button>
              <Button isSmall look="quiet" onPress={() => set(even(variants))}>
                Split evenly
              </Button>
            </div>
          )}
          <Whole variants={variants} />
        </>
      )}
      {variants.length === 0 && (
        <TextField
          label="Payload when it is on (JSON)"
          help="Handed to the code along with the answer."
          value={filters.payloads?.[ON] ?? ""}
          onChange={(text) => setFilters(withPayload(filters, ON, text))}
          error={payloadProblem(filters.payloads?.[ON] ?? "")}
          isMultiline
          isDisabled={isReadOnly}
        />
      )}
    </>
  );
}

const HALVES: Variant[] = [
  { key: "control", name: "", rollout_percentage: 50 },
  { key: "test", name: "", rollout_percentage: 50 },
];

interface RowProps {
  index: number;
  variant: Variant;
  payload: string;
  isReadOnly: boolean;
  onChange: (next: Variant) => void;
  onPayload: (text: string) => void;
  onRemove: () => void;
}

function VariantRow(props: RowProps) {
  const { index, variant, payload, isReadOnly, onChange, onPayload, onRemove } = props;
  const name = `Variant ${letterOf(index)}`;
  return (
    <tr>
      <td>
        <VariantTag index={index} name={variant.name || variant.key} />
      </td>
      <td>
        <TextField
          label={`${name}: key`}
          isLabelHidden
          value={variant.key}
          onChange={(key) => onChange({ ...variant, key })}
          isDisabled={isReadOnly}
        />
      </td>
      <td>
        <NumberField
          label={`${name}: share, percent`}
          isLabelHidden
          value={variant.rollout_percentage}
          onChange={(share) => onChange({ ...variant, rollout_percentage: share ?? 0 })}
          min={0}
          max={100}
          step={0.01}
          isDisabled={isReadOnly}
        />
      </td>
      <td>
        <TextField
          label={`${name}: payload`}
          isLabelHidden
          value={payload}
          onChange={onPayload}
          error={payloadProblem(payload)}
          placeholder="None"
          isDisabled={isReadOnly}
        />
      </td>
      <td>
        {!isReadOnly && (
          <Button isSmall look="quiet" onPress={onRemove} aria-label={`Remove ${name}`}>
            ✕
          </Button>
        )}
      </td>
    </tr>
  );
}

/** Percentages that were typed, not a result: whether they make a whole is said while typing. */
function Whole({ variants }: { variants: readonly Variant[] }) {
  const hundredths = variants.reduce((sum, one) => sum + Math.round(one.rollout_percentage * 100), 0);
  if (hundredths === 10_000) return null;
  return (
    <p role="status" className={styles.error}>
      ⚠ The shares make {hundredths / 100}%; they have to make 100%.
    </p>
  );
}

function even(variants: readonly Variant[]): Variant[] {
  const share = Math.floor(100 / variants.length);
  const first = 100 - share * (variants.length - 1);
  return variants.map((one, at) => ({ ...one, rollout_percentage: at === 0 ? first : share }));
}

function newKey(variants: readonly Variant[]): string {
  const keys = variants.map((one) => one.key);
  let number = variants.length;
  while (keys.includes(`test-${number}`)) number += 1;
  return `test-${number}`;
}

/** Rules that pin the variant, and its payload, follow its key. */
function withVariant(filters: FlagFilters, at: number, next: Variant): FlagFilters {
  const variants = variantsOf(filters);
  const before = variants[at]?.key ?? "";
  const { [before]: payload, ...payloads } = filters.payloads ?? {};
  return {
    ...filters,
    multivariate: { ...filters.multivariate, variants: variants.with(at, next) },
    ...(payload !== undefined && { payloads: { ...payloads, [next.key]: payload } }),
    groups: (filters.groups ?? []).map((rule) =>
      rule.variant && rule.variant === before ? { ...rule, variant: next.key } : rule,
    ),
  };
}

function withPayload(filters: FlagFilters, key: string, text: string): FlagFilters {
  const { [key]: _, ...others } = filters.payloads ?? {};
  return { ...filters, payloads: text === "" ? others : { ...others, [key]: text } };
}

function payloadProblem(text: string): string | null {
  if (text === "") return null;
  try {
    JSON.parse(text);
    return null;
  } catch {
    return "This is not JSON. A text needs quotes around it.";
  }
}
