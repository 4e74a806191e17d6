/** The name of an experiment, to be changed in place. */
import { useState } from "react";

import { Button } from "../../components/Button";
import { TextField } from "../../components/Fields";
import { say } from "../../components/Toasts";
import { usePatch, type Experiment } from "./experiment";
import styles from "./Header.module.css";

export function NameForm({ experiment, onClose }: { experiment: Experiment; onClose: () => void }) {
  const [name, setName] = useState(experiment.name);
  const patch = usePatch(experiment);
  const save = () =>
    patch.mutate(
      { name },
      {
        onSuccess: () => {
          const undo = () => patch.mutate({ name: experiment.name });
          say("Renamed.", { label: "Undo", onAction: undo });
          onClose();
        },
      },
    );
  return (
    <form
      noValidate
      className={styles.nameForm}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <TextField label="Name" value={name} onChange={setName} error={patch.error?.message} autoFocus />
      <Button type="submit" look="primary" isDisabled={patch.isPending || !name.trim()}>
        Save
      </Button>
      <Button onPress={onClose}>Cancel</Button>
    </form>
  );
}
