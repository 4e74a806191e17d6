/** What the rule that was fixed before says of each treatment, and why. */
import { Badge } from "../../components/Badge";
import { Panel } from "../../components/Page";
import styles from "./Ending.module.css";
import type { Decision } from "./useEnding";

export function Rule({ decisions, early }: { decisions: readonly Decision[]; early: string | null }) {
  if (decisions.length === 0) {
    return (
      <Panel title="What the rule says">
        <p>
          Nothing: no metric can be judged yet, or only compatible figures were asked for. Whatever you
          choose is your own decision; say why.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="What the rule says">
      <ul className={styles.decisions}>
        {decisions.map((one) => (
          <li key={one.variant}>
            <Badge tone={one.should_ship ? "better" : "neutral"} symbol={one.should_ship ? "▲" : "…"}>
              {one.should_ship ? `Ready to ship ${one.variant}` : `Not ready to ship ${one.variant}`}
            </Badge>
            {one.should_ship && early && <p>{early}</p>}
            <ul className={styles.reasons}>
              {one.checks.map((check) => (
                <li key={`${check.kind} ${check.name}`}>
                  <Mark isPassed={check.is_passed} isNeeded={!one.should_ship} />
                  {check.message}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** One primary metric that is better suffices; the others do not stand in the way then. */
function Mark({ isPassed, isNeeded }: { isPassed: boolean; isNeeded: boolean }) {
  const [symbol, word] = isPassed ? ["✓", "Holds: "] : isNeeded ? ["✕", "Fails: "] : ["–", "Not needed: "];
  return (
    <>
      <span aria-hidden="true">{symbol} </span>
      <span className="visually-hidden">{word}</span>
    </>
  );
}

/** Why a choice goes against the rule; `null` when it does not. */
export function contradiction(
  variant: string | null,
  decisions: readonly Decision[],
  control: string,
): string | null {
  const ready = decisions.filter((one) => one.should_ship).map((one) => one.variant);
  if (variant !== null && variant !== control && !ready.includes(variant)) {
    return `The rule does not say to ship ${variant}.`;
  }
  if (variant === control && ready.length > 0) return `The rule says to ship ${ready.join(" or ")}.`;
  return null;
}
