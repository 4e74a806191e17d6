import styles from "./Results.module.css";
import type { Results } from "./results";
import { intervalMeaning, wingsMeaning } from "./words";

/** How to read the intervals. */
export function Legend({ results }: { results: Results }) {
  return (
    <p className={styles.legend}>
      Thick bar: the interval that decides, ◇ its estimate. {wingsMeaning(results)} An arrow: it goes
      on beyond the axis. {intervalMeaning(results)}
    </p>
  );
}
