/** A metric that experiments have: what a change of it means for them, and the way around it. */
import { useState } from "react";
import { useLocation } from "wouter";

import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Difference } from "../components/Difference";
import { TextField } from "../components/Fields";
import { say } from "../components/Toasts";
import { describeMetric } from "./describe";
import type { MetricDocument } from "./document";
import { UsingExperiments } from "./UsedBy";
import { useWriteMetric, type MetricFields, type UsingExperiment } from "./useMetrics";

interface Props {
  isOpen: boolean;
  onClose: () => void;
  before: MetricDocument;
  fields: MetricFields;
  used: readonly UsingExperiment[];
  isSending: boolean;
  refusal: string | null;
  onSave: () => void;
}

export function SaveInUse(props: Props) {
  const { isOpen, onClose, before, fields, used, isSending, refusal, onSave } = props;
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const write = useWriteMetric();
  const [, go] = useLocation();
  const given = name || `${fields.name} (2)`;
  const saveAsNew = async () => {
    const { uuid, ...query } = fields.query;
    try {
      const made = await write.create({ ...fields, name: given, query });
      say(`Metric “${made.name}” was made; “${fields.name}” is as it was.`);
      onClose();
      go(`/experiments/shared-metrics/${made.id}`);
    } catch (refused) {
      setError(refused instanceof Error ? refused.message : "That did not work.");
    }
  };
  return (
    <Dialog
      title={`${used.length === 1 ? "One experiment has" : `${used.length} experiments have`} this metric`}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button look="danger" isDisabled={isSending} onPress={onSave}>
            Change it for all of them
          </Button>
          <Button look="primary" isDisabled={isSending} onPress={() => void saveAsNew()}>
            Save as a new metric
          </Button>
        </>
      }
    >
      <Difference before={linesOf(before)} after={linesOf(fields.query)} />
      <p>
        Changed for all of them, their results for it are computed anew from the first day on, ended
        ones too. As a new metric, these keep the result that they have.
      </p>
      <UsingExperiments experiments={used} />
      <TextField label="Name of the new metric" value={given} onChange={setName} error={error} />
      {refusal && <p role="alert">{refusal}</p>}
    </Dialog>
  );
}

function linesOf(metric: MetricDocument): string[] {
  const goal = metric.goal === "decrease" ? "Lower is better" : "Higher is better";
  return [describeMetric(metric), goal];
}
