import { Banner } from "../../components/Badge";
import { Panel } from "../../components/Page";
import { ErrorState, Skeleton } from "../../components/States";
import styles from "./Ending.module.css";
import type { Preview } from "./useEnding";

const MARKS: Record<Preview["lines"][number]["mark"], { symbol: string; word: string }> = {
  same: { symbol: " ", word: "Stays" },
  removed: { symbol: "−", word: "Goes" },
  added: { symbol: "+", word: "Comes" },
};

interface Props {
  preview: Preview | undefined;
  error: Error | null;
}

/** The flag before and after, line by line. */
export function FlagDiff({ preview, error }: Props) {
  return (
    <Panel title="What happens to the flag">
      {error ? (
        <ErrorState error={error} />
      ) : !preview ? (
        <Skeleton height={120} />
      ) : (
        <>
          {preview.needs_approval && (
            <Banner tone="caution" title="Somebody else has to approve this.">
              A change request is made of it; experiment and flag stay as they are until then.
            </Banner>
          )}
          {!preview.flag_changes && <p>The flag does this already: nothing changes.</p>}
          <ul className={styles.diff} aria-label="The flag before and after">
            {preview.lines.map((line, at) => (
              <li key={at} data-mark={line.mark} className={styles[line.mark]}>
                <span aria-hidden="true" className={styles.mark}>
                  {MARKS[line.mark].symbol}
                </span>
                <span className="visually-hidden">{MARKS[line.mark].word}: </span>
                {line.text}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
