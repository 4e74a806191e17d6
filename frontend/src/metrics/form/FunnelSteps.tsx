import { Button } from "../../components/Button";
import { Choice, type Option } from "../../components/Fields";
import { newNode, type MetricNode } from "../document";
import styles from "../MetricForm.module.css";
import type { PartProps } from "../MetricForm";
import { NodeFields } from "./NodeFields";

type Order = "ordered" | "unordered";

const ORDERS: readonly Option<Order>[] = [
  { id: "ordered", label: "In this order" },
  { id: "unordered", label: "In any order" },
];

export function FunnelSteps({ value, onChange, errors }: PartProps) {
  const steps = value.series ?? [];
  const set = (series: MetricNode[]) => onChange({ ...value, series });
  return (
    <>
      <p className={styles.note}>The exposure comes before the first step by itself.</p>
      <ol className={styles.steps}>
        {steps.map((step, at) => (
          <li key={at}>
            <NodeFields
              legend={`Step ${at + 1}`}
              place={`series.${at}`}
              value={step}
              onChange={(next) => set(steps.with(at, next))}
              errors={errors}
              hasNoMath
            />
            <div className={styles.buttons}>
              <Button
                isSmall
                look="quiet"
                isDisabled={at === 0}
                onPress={() => set(swapped(steps, at, at - 1))}
                aria-label={`Move step ${at + 1} up`}
              >
                ↑ Up
              </Button>
              <Button
                isSmall
                look="quiet"
                isDisabled={at === steps.length - 1}
                onPress={() => set(swapped(steps, at, at + 1))}
                aria-label={`Move step ${at + 1} down`}
              >
                ↓ Down
              </Button>
              <Button
                isSmall
                look="quiet"
                isDisabled={steps.length === 1}
                onPress={() => set(steps.toSpliced(at, 1))}
                aria-label={`Remove step ${at + 1}`}
              >
                ✕ Remove
              </Button>
            </div>
          </li>
        ))}
      </ol>
      <div className={styles.buttons}>
        <Button isSmall onPress={() => set([...steps, newNode()])}>
          + Add a step
        </Button>
      </div>
      {steps.length > 1 && (
        <Choice
          label="Steps have to happen"
          value={value.funnel_order_type === "unordered" ? "unordered" : "ordered"}
          onChange={(funnel_order_type) => onChange({ ...value, funnel_order_type })}
          options={ORDERS}
          isHorizontal
        />
      )}
    </>
  );
}

function swapped(steps: readonly MetricNode[], at: number, other: number): MetricNode[] {
  return steps.map((step, here) => {
    if (here === at) return steps[other] ?? step;
    if (here === other) return steps[at] ?? step;
    return step;
  });
}
