import { Button } from "../../../components/Button";
import { NumberField, TextField } from "../../../components/Fields";
import { VariantTag } from "../../../components/VariantTag";
import styles from "../Create.module.css";
import type { VariantDocument } from "../draft";

const MOST = 20;
const CONTROL = "control";

/** Whole percentages that are as even as can be, and sum to 100. */
export function evenly(variants: readonly VariantDocument[]): VariantDocument[] {
  const share = Math.floor(100 / variants.length);
  const rest = 100 - share * variants.length;
  return variants.map((one, at) => ({ ...one, rollout_percentage: share + (at < rest ? 1 : 0) }));
}

const isEven = (variants: readonly VariantDocument[]) =>
  evenly(variants).every((one, at) => one.rollout_percentage === variants[at]?.rollout_percentage);

function freeKey(variants: readonly VariantDocument[]): string {
  const taken = variants.map((one) => one.key);
  let number = variants.length;
  while (taken.includes(`test-${number}`)) number += 1;
  return taken.includes("test") ? `test-${number}` : "test";
}

interface Props {
  variants: readonly VariantDocument[];
  onChange: (variants: VariantDocument[]) => void;
  error?: string | undefined;
}

export function Variants({ variants, onChange, error }: Props) {
  const wasEven = isEven(variants);
  const settle = (next: VariantDocument[]) => onChange(wasEven ? evenly(next) : next);
  const replace = (at: number, part: Partial<VariantDocument>) =>
    variants.map((one, place) => (place === at ? { ...one, ...part } : one));
  const total = variants.reduce((sum, one) => sum + (one.rollout_percentage || 0), 0);
  return (
    <fieldset className={styles.fieldset}>
      <legend>Variants</legend>
      <ol className={styles.variants}>
        {variants.map((variant, at) => (
          <li key={at} className={styles.variant}>
            <VariantTag index={at} name="" isBaseline={variant.key === CONTROL} />
            <TextField
              label={`Key of variant ${at + 1}`}
              isLabelHidden
              value={variant.key}
              onChange={(key) => onChange(replace(at, { key }))}
              isDisabled={variant.key === CONTROL}
            />
            <TextField
              label={`What variant ${at + 1} is`}
              isLabelHidden
              placeholder={variant.key === CONTROL ? "What there is today" : "What is new"}
              value={variant.name ?? ""}
              onChange={(name) => onChange(replace(at, { name }))}
            />
            {variants.length > 2 && variant.key !== CONTROL && (
              <Button
                isSmall
                look="quiet"
                aria-label={`Remove variant ${variant.key}`}
                onPress={() => settle(variants.filter((_, place) => place !== at))}
              >
                ✕
              </Button>
            )}
          </li>
        ))}
      </ol>
      <div className={styles.row}>
        <Button
          isSmall
          isDisabled={variants.length >= MOST}
          onPress={() =>
            settle([...variants, { key: freeKey(variants), name: "", rollout_percentage: 0 }])
          }
        >
          Add a variant
        </Button>
      </div>
      <details className={styles.details} open={!wasEven || undefined}>
        <summary>
          {wasEven ? "Split evenly" : "Split"}:{" "}
          {variants.map((one) => `${one.key} ${one.rollout_percentage}%`).join(", ")}
        </summary>
        <div className={styles.shares}>
          {variants.map((variant, at) => (
            <NumberField
              key={at}
              label={variant.key || `Variant ${at + 1}`}
              value={variant.rollout_percentage}
              onChange={(share) => onChange(replace(at, { rollout_percentage: share ?? 0 }))}
              min={0}
              max={100}
            />
          ))}
          <Button isSmall onPress={() => onChange(evenly(variants))}>
            Split evenly
          </Button>
        </div>
        {!wasEven && total === 100 && (
          <p className={styles.muted}>
            An uneven split takes longer: the smallest variant decides when there is enough.
          </p>
        )}
      </details>
      {(total !== 100 || error) && (
        <p role="alert" className={styles.problem}>
          {total === 100 ? error : `The split adds up to ${total}%, and has to be 100%.`}
        </p>
      )}
    </fieldset>
  );
}
