import { useState } from "react";

import { Button } from "../../../components/Button";
import { TextField } from "../../../components/Fields";
import styles from "../Create.module.css";
import { blanksOf, sentenceOf } from "../hypothesis";

interface Props {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

export function Hypothesis({ value, onChange, error }: Props) {
  const blanks = blanksOf(value);
  const [isFree, setFree] = useState(blanks === null);
  if (isFree || blanks === null) {
    return (
      <TextField
        label="Hypothesis"
        isMultiline
        value={value}
        onChange={onChange}
        error={error}
        help="Why you expect what, so that it can be held against the result."
      />
    );
  }
  const set = (part: Partial<typeof blanks>) => onChange(sentenceOf({ ...blanks, ...part }));
  return (
    <fieldset className={styles.fieldset}>
      <legend>Hypothesis</legend>
      <div className={styles.blanks}>
        <TextField
          label="Because…"
          placeholder="visitors give up at the address form"
          value={blanks.because}
          onChange={(because) => set({ because })}
        />
        <TextField
          label="changing…"
          placeholder="the checkout to a single page"
          value={blanks.changing}
          onChange={(changing) => set({ changing })}
        />
        <TextField
          label="will…"
          placeholder="make more of them buy"
          value={blanks.will}
          onChange={(will) => set({ will })}
          error={error}
        />
      </div>
      <Button isSmall look="quiet" onPress={() => setFree(true)}>
        Write it freely instead
      </Button>
    </fieldset>
  );
}
