/** Adds a metric to an experiment, or changes one of its own. */
import { useState } from "react";

import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { NumberField, TextField } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { MetricForm, newMetric, problemsOf } from "../../../metrics/MetricForm";
import type { MetricDocument } from "../../../metrics/document";
import { usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import type { ListName } from "./lists";

interface Props {
  experiment: Experiment;
  list: ListName;
  /** Place in the list; null adds one. */
  at: number | null;
  onClose: () => void;
}

export function MetricDialog({ experiment, list, at, onClose }: Props) {
  const kept = at === null ? null : experiment[list][at];
  const [metric, setMetric] = useState(() => (kept ? (kept as unknown as MetricDocument) : newMetric()));
  const [hasTried, setTried] = useState(false);
  const patch = usePatch(experiment);
  const problems = problemsOf(metric);
  const save = () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    const documents: unknown[] = [...experiment[list]];
    // Somebody else may have moved or removed it.
    const place = at === null ? -1 : experiment[list].findIndex((one) => one["uuid"] === metric.uuid);
    if (place < 0) documents.push(metric);
    else documents[place] = metric;
    patch.mutate(
      { [list]: documents },
      {
        onSuccess: () => {
          say(at === null ? "The metric is added." : "The metric is changed.");
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={at === null ? "Add a metric" : "Change the metric"}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={save} isDisabled={patch.isPending}>
          {at === null ? "Add" : "Save"}
        </Button>
      }
    >
      {patch.error && <Refusal error={patch.error} onClose={patch.reset} />}
      <TextField label="Name" value={metric.name ?? ""} onChange={(name) => setMetric({ ...metric, name })} />
      <MetricForm value={metric} onChange={setMetric} {...(hasTried && { errors: problems })} />
      <NumberField
        label="Guardrail margin"
        help="The largest loss that is acceptable, as a share of the baseline. With one, the metric is a guardrail."
        value={metric.guardrail_margin ?? null}
        onChange={(margin) => setMetric({ ...metric, guardrail_margin: margin })}
        min={0}
        max={1}
        step={0.005}
        format={{ style: "percent", maximumFractionDigits: 2 }}
      />
    </Dialog>
  );
}
