/** What a row says in each column. Numbers come from the API; a cell only words them. */
import { date, NOTHING, percent, change, count, since } from "../../components/format";
import { IntervalCell } from "../../components/IntervalCell";
import type { Domain } from "../../components/intervalScale";
import { Skeleton } from "../../components/States";
import { StatusTag } from "../../components/StatusTag";
import { VERDICTS, VerdictTag } from "../../components/Verdict";
import { CONCLUSIONS } from "../page/status";
import styles from "./List.module.css";
import { nameOf, type Experiment, type Standing } from "./useExperiments";
import type { ColumnId } from "./view";

interface Props {
  column: ColumnId;
  experiment: Experiment;
  /** `undefined` until it is known. */
  standing: Standing | undefined;
  isLoading: boolean;
  domain: Domain;
}

export function Cell({ column, experiment, standing, isLoading, domain }: Props) {
  switch (column) {
    case "status":
      return (
        <>
          <StatusTag status={experiment.status} />
          {experiment.conclusion && (
            <div className={styles.muted}>{CONCLUSIONS[experiment.conclusion]}</div>
          )}
        </>
      );
    case "owner":
      return experiment.created_by ? nameOf(experiment.created_by) : NOTHING;
    case "started":
      return date(experiment.start_date);
    case "updated":
      return <span title={date(experiment.updated_at)}>{since(experiment.updated_at)}</span>;
    default:
      if (isLoading) return <Skeleton height={18} width="80%" />;
      return standing ? <StandingCell {...{ column, experiment, standing, domain }} /> : NOTHING;
  }
}

interface StandingProps {
  column: ColumnId;
  experiment: Experiment;
  standing: Standing;
  domain: Domain;
}

function StandingCell({ column, experiment, standing, domain }: StandingProps) {
  switch (column) {
    case "primary":
      return <Primary standing={standing} isDraft={experiment.status === "draft"} domain={domain} />;
    case "guardrails":
      return <Guardrails standing={standing} />;
    case "health":
      return <Health standing={standing} />;
    default:
      return <Progress standing={standing} isOver={experiment.status === "stopped"} />;
  }
}

function Primary({
  standing,
  isDraft,
  domain,
}: {
  standing: Standing;
  isDraft: boolean;
  domain: Domain;
}) {
  const { primary } = standing;
  if (!primary) return <span className={styles.muted}>{isDraft ? NOTHING : "Not computed yet"}</span>;
  const { relative } = primary;
  const name = primary.name ?? "Primary metric";
  if (!relative) return <VerdictTag verdict={primary.verdict} />;
  const [lower, upper] = relative.interval;
  const sentence =
    `${name}, ${primary.variant}: ${change(relative.effect)}, interval ${change(lower)} to ` +
    `${change(upper)}, ${VERDICTS[primary.verdict].word.toLowerCase()}`;
  return (
    <div className={styles.primary}>
      <IntervalCell
        label={sentence}
        estimate={relative.effect}
        lower={lower}
        upper={upper}
        domain={domain}
        verdict={primary.verdict}
        width={120}
      />
      <div className={styles.figures}>
        <strong>{change(relative.effect)}</strong>
        <VerdictTag verdict={primary.verdict} />
      </div>
      <div className={styles.muted}>
        {name} · {primary.variant}
      </div>
    </div>
  );
}

const GUARDRAILS = ["breached", "not_yet_excluded", "safe"] as const;

function Guardrails({ standing }: { standing: Standing }) {
  const there = GUARDRAILS.filter((word) => standing.guardrails[word] > 0);
  if (there.length === 0) return NOTHING;
  return (
    <ul className={styles.stack}>
      {there.map((word) => (
        <li key={word}>
          {count(standing.guardrails[word])} <VerdictTag verdict={word} />
        </li>
      ))}
    </ul>
  );
}

function Health({ standing }: { standing: Standing }) {
  const [worst] = standing.findings;
  if (!worst) return <span>✓ OK</span>;
  const symbol = worst.severity === "warning" ? "▲" : "ℹ";
  const number = standing.findings.length;
  return (
    <span title={worst.message}>
      <span aria-hidden="true">{symbol} </span>
      {number === 1 ? "1 issue" : `${count(number)} issues`}
      <span className="visually-hidden">: {worst.message}</span>
    </span>
  );
}

function Progress({ standing, isOver }: { standing: Standing; isOver: boolean }) {
  const { days, share, days_left: left } = standing;
  if (days === null) return NOTHING;
  const ran = `${isOver ? "Ran" : "Day"} ${count(Math.floor(days))}${isOver ? " days" : ""}`;
  return (
    <div className={styles.progress}>
      {share !== null && (
        <meter min={0} max={1} value={share} aria-label="Share of the planned units" />
      )}
      <span>{share === null ? ran : `${percent(share, 0)} of the plan`}</span>
      {left !== null && (
        <span className={styles.muted}>
          {left === 0 ? "planned size reached" : `about ${count(left)} ${left === 1 ? "day" : "days"} left`}
        </span>
      )}
    </div>
  );
}
