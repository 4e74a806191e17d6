import { useState } from "react";

import { TextField } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import { PartForm } from "./PartForm";

export function HypothesisForm({ experiment }: { experiment: Experiment }) {
  // As it was when editing began.
  const [base, setBase] = useState(experiment);
  const saved = base.description ?? "";
  const [text, setText] = useState(saved);
  const patch = usePatch(base, setBase);
  if (base !== experiment && text === saved) {
    setBase(experiment);
    setText(experiment.description ?? "");
  }
  const isFieldError = patch.error?.attr === "description";
  return (
    <PartForm
      experiment={experiment}
      canSave={text !== saved && !patch.isPending}
      onSave={() =>
        patch.mutate({ description: text }, { onSuccess: () => say("The hypothesis is saved.") })
      }
    >
      {patch.error && !isFieldError && <Refusal error={patch.error} onClose={patch.reset} />}
      <TextField
        label="Because…, changing…, will move…"
        value={text}
        onChange={setText}
        isMultiline
        error={isFieldError ? patch.error?.message : null}
      />
    </PartForm>
  );
}
