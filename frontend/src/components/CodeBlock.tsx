import { Button } from "./Button";
import styles from "./CodeBlock.module.css";
import { say } from "./Toasts";

interface Props {
  /** What the code is, for screen readers and the copy button. */
  label: string;
  code: string;
}

/** Code that can be copied; scrolls by itself and can be reached by keyboard. */
export function CodeBlock({ label, code }: Props) {
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <span>{label}</span>
        <CopyButton text={code} what={label} />
      </figcaption>
      <pre className={styles.code} tabIndex={0} aria-label={label} role="region">
        <code>{code}</code>
      </pre>
    </figure>
  );
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`Copied: ${what}.`);
    } catch {
      say("The browser did not allow copying.");
    }
  };
  return (
    <Button isSmall look="quiet" onPress={copy} aria-label={`Copy ${what}`}>
      Copy
    </Button>
  );
}
