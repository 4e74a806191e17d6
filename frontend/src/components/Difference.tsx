/** What a change takes away and adds, line by line. */
import styles from "./Difference.module.css";

interface Line {
  kind: "same" | "removed" | "added";
  text: string;
}

interface Props {
  before: readonly string[];
  after: readonly string[];
}

const SIGNS = { same: " ", removed: "−", added: "+" } as const;
const SAID = { same: "", removed: "Removed: ", added: "Added: " } as const;

export function Difference({ before, after }: Props) {
  return (
    <ul className={styles.lines}>
      {difference(before, after).map(({ kind, text }, at) => (
        <li key={at} className={`${styles.line} ${styles[kind]}`}>
          <span aria-hidden="true" className={styles.sign}>
            {SIGNS[kind]}
          </span>
          <span>
            <span className="visually-hidden">{SAID[kind]}</span>
            {text}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Along the longest lines that both have in common. */
export function difference(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const common = new Array<number>((before.length + 1) * width).fill(0);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && old === fresh) {
      lines.push({ kind: "same", text: old });
      row += 1;
      column += 1;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ kind: "removed", text: old });
      row += 1;
    } else {
      lines.push({ kind: "added", text: fresh ?? "" });
      column += 1;
    }
  }
  return lines;
}
