import { useState } from "react";

import { Button } from "../../../components/Button";
import { TextField } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import styles from "./Setup.module.css";

export function HypothesisForm({ experiment }: { experiment: Experiment }) {
  const saved = experiment.description ?? "";
  const [text, setText] = useState(saved);
  const patch = usePatch(experiment.id);
  const isFieldError = patch.error?.attr === "description";
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        patch.mutate({ description: text }, { onSuccess: () => say("The hypothesis is saved.") });
      }}
    >
      {patch.error && !isFieldError && <Refusal error={patch.error} onClose={patch.reset} />}
      <TextField
        label="Because…, changing…, will move…"
        value={text}
        onChange={setText}
        isMultiline
        error={isFieldError ? patch.error?.message : null}
      />
      <div className={styles.actions}>
        <Button type="submit" isDisabled={text === saved || patch.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
