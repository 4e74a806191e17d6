import { Link } from "wouter";

import { TextField } from "../../../components/Fields";
import styles from "../Create.module.css";
import type { Draft } from "../draft";
import { Hypothesis } from "./Hypothesis";

export function Idea({ draft }: { draft: Draft }) {
  const { experiment, change, errors } = draft;
  return (
    <div className={styles.step}>
      <TextField
        label="Name"
        value={experiment.name}
        onChange={(name) => change({ name })}
        error={errors["name"]}
        isRequired
      />
      <Hypothesis
        value={experiment.description ?? ""}
        onChange={(description) => change({ description })}
        error={errors["description"]}
      />
      <p>
        Flag:{" "}
        <Link href={`/feature_flags/${experiment.feature_flag.id}`}>
          <code>{experiment.feature_flag_key}</code>
        </Link>
      </p>
    </div>
  );
}
