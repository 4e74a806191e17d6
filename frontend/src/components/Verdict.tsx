import styles from "./Verdict.module.css";

/** What is concluded about one variant, as the API says it. */
export type VerdictWord =
  | "better"
  | "worse"
  | "no_meaningful_difference"
  | "not_yet"
  | "safe"
  | "not_yet_excluded"
  | "breached"
  | "withheld";

interface Face {
  symbol: string;
  word: string;
  look: "better" | "worse" | "neutral";
  meaning: string;
}

/** Each verdict by symbol, word and colour at once. */
export const VERDICTS: Record<VerdictWord, Face> = {
  better: {
    symbol: "▲",
    word: "Better",
    look: "better",
    meaning: "The whole interval lies on the side that the metric should move to.",
  },
  worse: {
    symbol: "▼",
    word: "Worse",
    look: "worse",
    meaning: "The whole interval lies on the side that the metric should not move to.",
  },
  no_meaningful_difference: {
    symbol: "≈",
    word: "No meaningful difference",
    look: "neutral",
    meaning: "The whole interval is smaller than the smallest effect worth finding.",
  },
  not_yet: {
    symbol: "…",
    word: "Not yet",
    look: "neutral",
    meaning: "The interval holds 0: the data do not say which side the effect lies on.",
  },
  safe: {
    symbol: "✓",
    word: "Safe",
    look: "better",
    meaning: "The whole interval lies on the acceptable side of the guardrail's margin.",
  },
  not_yet_excluded: {
    symbol: "…",
    word: "Not yet excluded",
    look: "neutral",
    meaning: "The interval reaches over the guardrail's margin: harm is possible.",
  },
  breached: {
    symbol: "✕",
    word: "Breached",
    look: "worse",
    meaning: "The whole interval lies beyond the guardrail's margin.",
  },
  withheld: {
    symbol: "–",
    word: "Withheld",
    look: "neutral",
    meaning: "There is nothing to judge by yet.",
  },
};

export function VerdictTag({ verdict }: { verdict: VerdictWord }) {
  const { symbol, word, look, meaning } = VERDICTS[verdict];
  return (
    <span className={`${styles.verdict} ${styles[look]}`} data-verdict={verdict} title={meaning}>
      <span aria-hidden="true" className={styles.symbol}>
        {symbol}
      </span>
      {word}
    </span>
  );
}
