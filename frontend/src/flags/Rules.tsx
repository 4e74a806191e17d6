/** The release conditions in their order, and the whole in words. */
import { Button } from "../components/Button";
import { NumberField, Select, TextField } from "../components/Fields";
import { Panel } from "../components/Page";
import { useProperties } from "../events/definitions";
import { PropertyFilters } from "../filters/PropertyFilters";
import { conditionInWords, filtersInWords } from "./describe";
import type { PartProps } from "./Editor";
import styles from "./Flags.module.css";
import { variantsOf, type Condition, type FlagFilters } from "./model";

const NEW_RULE: Condition = { properties: [], rollout_percentage: 0 };

export function Rules({ draft, onChange, isReadOnly }: PartProps) {
  const { filters } = draft;
  const rules = filters.groups ?? [];
  const set = (groups: Condition[]) => onChange({ ...draft, filters: { ...filters, groups } });
  return (
    <div className={styles.columns}>
      <div>
        <p className={styles.intro}>The first rule that lets somebody in decides.</p>
        <ol className={styles.rules}>
          {rules.map((rule, at) => (
            <li key={at}>
              <Rule
                number={at + 1}
                last={rules.length}
                rule={rule}
                filters={filters}
                isReadOnly={isReadOnly}
                onChange={(next) => set(rules.with(at, next))}
                onMove={(by) => set(moved(rules, at, at + by))}
                onRemove={() => set(rules.toSpliced(at, 1))}
              />
            </li>
          ))}
        </ol>
        {!isReadOnly && (
          <Button onPress={() => set([...rules, NEW_RULE])}>+ Add a rule</Button>
        )}
      </div>
      <div>
        <Panel title="In words">
          <ul className={styles.words} aria-label="The flag in words">
            {filtersInWords(filters).map((line, at) => (
              <li key={at}>{line}</li>
            ))}
          </ul>
        </Panel>
        <Panel title="Description">
          <TextField
            label="Description"
            isLabelHidden
            isMultiline
            value={draft.name}
            onChange={(name) => onChange({ ...draft, name })}
            isDisabled={isReadOnly}
          />
        </Panel>
      </div>
    </div>
  );
}

function moved(rules: readonly Condition[], from: number, to: number): Condition[] {
  const rule = rules[from];
  return rule ? rules.toSpliced(from, 1).toSpliced(to, 0, rule) : [...rules];
}

interface RuleProps {
  number: number;
  last: number;
  rule: Condition;
  filters: FlagFilters;
  isReadOnly: boolean;
  onChange: (next: Condition) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

function Rule(props: RuleProps) {
  const { number, last, rule, filters, isReadOnly, onChange, onMove, onRemove } = props;
  const properties = useProperties("person");
  const byGroup = (rule.aggregation_group_type_index ?? filters.aggregation_group_type_index) != null;
  const name = `Rule ${number}`;
  return (
    <section className={styles.rule} aria-label={name}>
      <div className={styles.ruleHead}>
        <h2>{name}</h2>
        {!isReadOnly && (
          <div className={styles.buttons}>
            <Button
              isSmall
              look="quiet"
              isDisabled={number === 1}
              onPress={() => onMove(-1)}
              aria-label={`Move rule ${number} up`}
            >
              ↑
            </Button>
            <Button
              isSmall
              look="quiet"
              isDisabled={number === last}
              onPress={() => onMove(1)}
              aria-label={`Move rule ${number} down`}
            >
              ↓
            </Button>
            <Button isSmall look="quiet" onPress={onRemove} aria-label={`Remove rule ${number}`}>
              ✕ Remove
            </Button>
          </div>
        )}
      </div>
      {isReadOnly ? (
        <p>{conditionInWords(rule, filters)}</p>
      ) : (
        <>
          <PropertyFilters
            label={name}
            value={rule.properties ?? []}
            onChange={(next) => onChange({ ...rule, properties: next })}
            kinds={byGroup ? ["group"] : ["person", "cohort", "flag"]}
            properties={properties.map((one) => ({
              id: one.name,
              remark: one.property_type ?? undefined,
            }))}
          />
          <div className={styles.fields}>
            <NumberField
              label="Let in, percent"
              value={rule.rollout_percentage ?? 100}
              onChange={(rollout) => onChange({ ...rule, rollout_percentage: rollout ?? 0 })}
              min={0}
              max={100}
              step={0.01}
            />
            <PinnedVariant rule={rule} filters={filters} onChange={onChange} />
          </div>
        </>
      )}
    </section>
  );
}

const BY_SPLIT = "";

function PinnedVariant(props: {
  rule: Condition;
  filters: FlagFilters;
  onChange: (next: Condition) => void;
}) {
  const { rule, filters, onChange } = props;
  const variants = variantsOf(filters);
  if (variants.length === 0) return null;
  return (
    <Select
      label="Serves"
      value={rule.variant ?? BY_SPLIT}
      onChange={(variant) => onChange({ ...rule, variant: variant || null })}
      options={[
        { id: BY_SPLIT, label: "A variant by the split" },
        ...variants.map((one) => ({ id: one.key, label: `Always ${one.key}` })),
      ]}
    />
  );
}
