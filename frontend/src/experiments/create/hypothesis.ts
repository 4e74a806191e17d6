/** A hypothesis as a sentence with blanks; any other text stays as it is. */

export interface Blanks {
  because: string;
  changing: string;
  will: string;
}

const SENTENCE = /^Because ([\s\S]*), changing ([\s\S]*) will ([\s\S]*)\.$/;
const EMPTY: Blanks = { because: "", changing: "", will: "" };

/** `null` for a text of another form. */
export function blanksOf(text: string): Blanks | null {
  if (text.trim() === "") return EMPTY;
  const found = SENTENCE.exec(text);
  return found && { because: found[1] ?? "", changing: found[2] ?? "", will: found[3] ?? "" };
}

export function sentenceOf({ because, changing, will }: Blanks): string {
  if (!because && !changing && !will) return "";
  return `Because ${because}, changing ${changing} will ${will}.`;
}
