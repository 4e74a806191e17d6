import { CopyButton } from "./CodeBlock";
import styles from "./SecretValue.module.css";

interface Props {
  label: string;
  value: string;
  /** What it is for. */
  help?: string;
}

/** A key or a link as one line, to be copied. */
export function SecretValue({ label, value, help }: Props) {
  return (
    <div>
      <div className={styles.head}>
        <strong>{label}</strong>
        {help && <span className={styles.help}>{help}</span>}
      </div>
      <div className={styles.line}>
        <code className={styles.value}>{value}</code>
        <CopyButton text={value} what={label} />
      </div>
    </div>
  );
}
