/** Attaches a metric that experiments share. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../../../api/client";
import { useProjectPath } from "../../../app/project";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { Select } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import type { ListName } from "./lists";

interface Props {
  experiment: Experiment;
  list: ListName;
  onClose: () => void;
}

export function SharedDialog({ experiment, list, onClose }: Props) {
  const path = useProjectPath();
  const [chosen, setChosen] = useState<string | null>(null);
  const patch = usePatch(experiment);
  const shared = useQuery({
    queryKey: ["shared metrics", path.project_id, "all"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_saved_metrics/", {
          params: { path, query: { limit: "1000" } },
        }),
      ),
  });
  const attached = experiment.saved_metrics.map((one) => one.saved_metric);
  const free = (shared.data?.results ?? []).filter((one) => !attached.includes(one.id));
  const type = list === "metrics" ? "primary" : "secondary";
  const attach = () =>
    patch.mutate(
      {
        saved_metrics_ids: [
          ...experiment.saved_metrics.map((one) => ({ id: one.saved_metric, metadata: one.metadata })),
          { id: Number(chosen), metadata: { type } },
        ],
      },
      {
        onSuccess: () => {
          say("The shared metric is attached.");
          onClose();
        },
      },
    );
  return (
    <Dialog
      title="Attach a shared metric"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={attach} isDisabled={chosen === null || patch.isPending}>
          Attach
        </Button>
      }
    >
      {patch.error && <Refusal error={patch.error} onClose={patch.reset} />}
      {shared.data && free.length === 0 ? (
        <p>There is no shared metric that this experiment does not have already.</p>
      ) : (
        <Select
          label="Shared metric"
          value={chosen}
          onChange={setChosen}
          options={free.map((one) => ({ id: String(one.id), label: one.name }))}
          error={shared.error?.message}
        />
      )}
    </Dialog>
  );
}
