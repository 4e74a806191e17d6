/** One part of the setup with its own Save, which whoever may only look does not get. */
import type { ReactNode } from "react";

import { Button } from "../../../components/Button";
import { isReadOnly, type Experiment } from "../experiment";
import styles from "./Setup.module.css";

interface Props {
  experiment: Experiment;
  canSave: boolean;
  onSave: () => void;
  children: ReactNode;
}

export function PartForm({ experiment, canSave, onSave, children }: Props) {
  const mayOnlyLook = isReadOnly(experiment);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <fieldset className={styles.form} disabled={mayOnlyLook}>
        {children}
        {!mayOnlyLook && (
          <div className={styles.actions}>
            <Button type="submit" isDisabled={!canSave}>
              Save
            </Button>
          </div>
        )}
      </fieldset>
    </form>
  );
}
