import styles from "./VariantTag.module.css";

/** Lines of charts by variant: none is told by its colour alone. */
export const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 4", "8 2 2 2 2 2"] as const;

const COLOURS = 8;

/** A, B, C… in the order of the flag; the first one is the control. */
export function letterOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${letter}${Math.floor(index / 26) + 1}`;
}

export const colourOf = (index: number) => `var(--variant-${(index % COLOURS) + 1})`;

export const dashOf = (index: number) => DASHES[index % DASHES.length] ?? "";

interface Props {
  /** Place among the flag's variants, from 0. */
  index: number;
  name: string;
  isBaseline?: boolean;
}

export function VariantTag({ index, name, isBaseline = false }: Props) {
  return (
    <span className={styles.tag}>
      <span className={styles.letter} style={{ color: colourOf(index) }} aria-hidden="true">
        {letterOf(index)}
      </span>
      <span className={styles.name}>{name}</span>
      {isBaseline && <span className={styles.note}>baseline</span>}
    </span>
  );
}
