import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../../../api/client";
import { useProjectPath } from "../../../app/project";
import { Button } from "../../../components/Button";
import { NumberField, Select, TextField, type Option } from "../../../components/Fields";
import { describeMetric } from "../../../metrics/describe";
import { MetricForm, newMetric, problemsOf } from "../../../metrics/MetricForm";
import styles from "../Create.module.css";
import type { Draft } from "../draft";
import { chosenMetrics, DEFAULT_MARGIN, newUuid, patchOf, type Chosen, type Role } from "../metrics";

const ROLES: readonly Option<Role>[] = [
  { id: "primary", label: "Primary", help: "Decides." },
  { id: "secondary", label: "Secondary", help: "Helps to understand." },
  { id: "guardrail", label: "Guardrail", help: "Must not get worse by more than its margin." },
];

export function Measure({ draft }: { draft: Draft }) {
  const stored = chosenMetrics(draft.experiment);
  // One that is not whole yet: the API would not take it.
  const [unfinished, setUnfinished] = useState<Chosen | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const save = (next: readonly Chosen[]) => draft.change(patchOf(next));
  const shown = unfinished
    ? stored.some((one) => one.key === unfinished.key)
      ? stored.map((one) => (one.key === unfinished.key ? unfinished : one))
      : [...stored, unfinished]
    : stored;
  const replace = (changed: Chosen) => {
    if (Object.keys(problemsOf(changed.document)).length > 0) {
      setUnfinished(changed);
      return;
    }
    setUnfinished(null);
    const isStored = stored.some((one) => one.key === changed.key);
    save(isStored ? stored.map((one) => (one.key === changed.key ? changed : one)) : [...stored, changed]);
  };
  const remove = (key: string) => {
    if (unfinished?.key === key) setUnfinished(null);
    if (stored.some((one) => one.key === key)) save(stored.filter((one) => one.key !== key));
  };
  const add = () => {
    const uuid = newUuid();
    const role: Role = stored.some((one) => one.role === "primary") ? "secondary" : "primary";
    const document = { ...newMetric(), uuid };
    setUnfinished({ key: uuid, role, margin: null, document, shared: null });
    setOpen(uuid);
  };
  return (
    <div className={styles.step}>
      {shown.length === 0 && (
        <p className={styles.muted}>
          A primary metric decides. Beside it stand secondary ones that explain, and guardrails that
          must not get worse.
        </p>
      )}
      {shown.map((one) => (
        <MetricCard
          key={one.key}
          chosen={one}
          isOpen={open === one.key}
          isUnfinished={unfinished?.key === one.key}
          onToggle={() => setOpen(open === one.key ? null : one.key)}
          onChange={replace}
          onRemove={() => remove(one.key)}
        />
      ))}
      {(draft.errors["metrics"] ?? draft.errors["metrics_secondary"] ?? draft.errors["saved_metrics_ids"]) && (
        <p role="alert" className={styles.problem}>
          {draft.errors["metrics"] ?? draft.errors["metrics_secondary"] ?? draft.errors["saved_metrics_ids"]}
        </p>
      )}
      <div className={styles.row}>
        <Button look={shown.length === 0 ? "primary" : "plain"} onPress={add} isDisabled={unfinished !== null}>
          Add a metric
        </Button>
        <SharedChoice
          taken={stored.flatMap((one) => (one.shared ? [one.shared.id] : []))}
          onChoose={(id) => {
            const type = stored.some((one) => one.role === "primary") ? "secondary" : "primary";
            const ids = draft.experiment.saved_metrics_ids;
            draft.change({ saved_metrics_ids: [...ids, { id, metadata: { type } }] });
          }}
        />
      </div>
    </div>
  );
}

interface CardProps {
  chosen: Chosen;
  isOpen: boolean;
  isUnfinished: boolean;
  onToggle: () => void;
  onChange: (chosen: Chosen) => void;
  onRemove: () => void;
}

function MetricCard({ chosen, isOpen, isUnfinished, onToggle, onChange, onRemove }: CardProps) {
  const { document, role, margin, shared } = chosen;
  const name = shared?.name ?? document.name ?? "";
  const called = name || describeMetric(document);
  return (
    <section className={styles.card} aria-label={`Metric ${called}`}>
      <div className={styles.cardHead}>
        <div className={styles.cardName}>
          <strong>{called}</strong>
          {name && <div className={styles.muted}>{describeMetric(document)}</div>}
          {isUnfinished && <div className={styles.problem}>Not saved yet: something is missing.</div>}
        </div>
        <div className={styles.role}>
          <Select
            label={`Role of ${called}`}
            isLabelHidden
            value={role}
            onChange={(next) =>
              onChange({ ...chosen, role: next, margin: next === "guardrail" ? DEFAULT_MARGIN : null })
            }
            options={ROLES}
          />
        </div>
        {!shared && (
          <Button isSmall onPress={onToggle} aria-expanded={isOpen}>
            {isOpen ? "Close" : "Edit"}
          </Button>
        )}
        <Button isSmall look="quiet" onPress={onRemove} aria-label={`Remove the metric ${called}`}>
          ✕
        </Button>
      </div>
      {role === "guardrail" && (
        <NumberField
          label="Margin"
          value={margin}
          onChange={(next) => onChange({ ...chosen, margin: next ?? DEFAULT_MARGIN })}
          min={0.001}
          max={1}
          step={0.001}
          format={{ style: "percent", maximumFractionDigits: 1 }}
          help="The largest loss that would still be acceptable, as a share of what it is today."
        />
      )}
      {isOpen && !shared && (
        <>
          <TextField
            label="Name of the metric"
            value={document.name ?? ""}
            onChange={(next) => onChange({ ...chosen, document: { ...document, name: next } })}
            placeholder={describeMetric(document)}
            // The button that was pressed rests now; the work goes on here.
            autoFocus={isUnfinished}
          />
          <MetricForm
            value={document}
            // The form knows margins too: one given there makes a guardrail of the metric.
            onChange={(next) => onChange({ ...chosen, document: next, ...roleOf(next, chosen) })}
            errors={isUnfinished ? problemsOf(document) : {}}
          />
        </>
      )}
    </section>
  );
}

function roleOf(next: Chosen["document"], { role, document }: Chosen): Partial<Chosen> {
  const margin = next.guardrail_margin ?? null;
  if (margin === (document.guardrail_margin ?? null)) return {};
  if (margin !== null) return { role: "guardrail", margin };
  return { role: role === "guardrail" ? "secondary" : role, margin: null };
}

function SharedChoice({ taken, onChoose }: { taken: readonly number[]; onChoose: (id: number) => void }) {
  const path = useProjectPath();
  const shared = useQuery({
    queryKey: ["shared metrics", path.project_id, "choice"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_saved_metrics/", {
          params: { path, query: { limit: "1000" } },
        }),
      ),
  });
  const free = (shared.data?.results ?? []).filter((one) => !taken.includes(one.id));
  if (free.length === 0) return null;
  return (
    <div className={styles.shared}>
      <Select
        label="Add a shared metric"
        isLabelHidden
        placeholder="Add a shared metric…"
        value={null}
        onChange={(id) => onChoose(Number(id))}
        options={free.map((one) => ({
          id: String(one.id),
          label: one.name,
          ...(one.description && { help: one.description }),
        }))}
      />
    </div>
  );
}
