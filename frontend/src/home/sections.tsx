import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Schemas } from "../api/client";
import { Badge } from "../components/Badge";
import { change, count, date, percent, since } from "../components/format";
import { IntervalCell } from "../components/IntervalCell";
import { sharedDomain, type Domain } from "../components/intervalScale";
import { StatusTag } from "../components/StatusTag";
import { VERDICTS, VerdictTag } from "../components/Verdict";
import { CONCLUSIONS } from "../experiments/page/status";
import styles from "./Home.module.css";
import type { Experiment, Row, Standing } from "./lists";

interface ListProps {
  title: string;
  rows: readonly Row[];
  /** What stands there when there is none; `null` when `children` stand there. */
  empty: string | null;
  isAlarming?: boolean;
  children?: ReactNode;
}

export function ExperimentList({ title, rows, empty, isAlarming, children }: ListProps) {
  const id = `home-${title.toLowerCase().replace(" ", "-")}`;
  const domain = sharedDomain(rows.map((row) => intervalOf(row.standing)));
  return (
    <section className={styles.list} aria-labelledby={id}>
      <h2 id={id} className={styles.title}>
        {title} {rows.length > 0 && <span className={styles.number}>{count(rows.length)}</span>}
      </h2>
      {children}
      {rows.length > 0 && (
        <ul className={styles.rows}>
          {rows.map((row) => (
            <li key={row.experiment.id} className={styles.row}>
              <ExperimentRow row={row} domain={domain} isAlarm={!!isAlarming} />
            </li>
          ))}
        </ul>
      )}
      {rows.length === 0 && empty && <p className={styles.empty}>{empty}</p>}
    </section>
  );
}

function ExperimentRow({ row, domain, isAlarm }: { row: Row; domain: Domain; isAlarm: boolean }) {
  const { experiment, standing, reasons } = row;
  return (
    <>
      <div className={styles.names}>
        <Link href={`/experiments/${experiment.id}`} className={styles.name}>
          {experiment.name}
        </Link>
        {experiment.status !== "running" && <StatusTag status={experiment.status} />}
        {reasons.map((reason) => (
          <p key={reason} className={`${styles.reason} ${isAlarm ? styles.alarm : ""}`}>
            {reason}
          </p>
        ))}
      </div>
      <Primary standing={standing} domain={domain} />
      <Progress standing={standing} startedAt={experiment.start_date} />
    </>
  );
}

function Primary({ standing, domain }: { standing: Standing | undefined; domain: Domain }) {
  const primary = standing?.primary;
  if (!primary) return <div className={styles.effect} />;
  const { relative, verdict } = primary;
  const name = primary.name ?? "Primary metric";
  const { estimate, lower, upper } = intervalOf(standing);
  return (
    <div className={styles.effect}>
      {relative && (
        <IntervalCell
          label={`${name}, ${primary.variant}: ${change(estimate)}, interval ${change(lower)} to ${change(upper)}, ${VERDICTS[verdict].word.toLowerCase()}`}
          estimate={estimate}
          lower={lower}
          upper={upper}
          domain={domain}
          verdict={verdict}
          width={160}
        />
      )}
      <div className={styles.figures}>
        {relative && <strong>{change(estimate)}</strong>}
        <VerdictTag verdict={verdict} />
        <span className={styles.muted}>{name}</span>
      </div>
    </div>
  );
}

function intervalOf(standing: Standing | undefined) {
  const relative = standing?.primary?.relative;
  return {
    estimate: relative?.effect ?? null,
    lower: relative?.interval[0] ?? null,
    upper: relative?.interval[1] ?? null,
  };
}

interface ProgressProps {
  standing: Standing | undefined;
  startedAt: string | null;
}

function Progress({ standing, startedAt }: ProgressProps) {
  const left = standing?.days_left ?? null;
  const share = standing?.share ?? null;
  return (
    <div className={styles.progress}>
      {share !== null && (
        <meter min={0} max={1} value={share} aria-label="Share of the planned units" />
      )}
      <span>
        {share !== null && `${percent(share, 0)} of the plan`}
        {share === null && standing?.units != null && `${count(standing.units)} units`}
      </span>
      <span className={styles.muted}>
        {left !== null && left > 0 && `about ${count(left)} ${left === 1 ? "day" : "days"} left · `}
        started {since(startedAt)}
      </span>
    </div>
  );
}

/** Changes that wait for somebody's consent. */
export function Waiting({ changes }: { changes: readonly Schemas["ChangeRequestBody"][] }) {
  if (changes.length === 0) return null;
  return (
    <ul className={styles.rows}>
      {changes.map((one) => (
        <li key={one.id} className={styles.row}>
          <div className={styles.names}>
            <Link href="/approvals" className={styles.name}>
              {one.intent_display.description}
            </Link>
            <p className={styles.reason}>
              Waits for an approval{one.can_approve ? " that you can give" : ""}, asked for{" "}
              {since(one.created_at)}.
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What was begun and not launched yet. */
export function Drafts({ experiments }: { experiments: readonly Experiment[] }) {
  if (experiments.length === 0) return null;
  return (
    <section className={styles.list} aria-labelledby="home-drafts">
      <h2 id="home-drafts" className={styles.title}>
        Drafts
      </h2>
      <ul className={styles.rows}>
        {experiments.map((one) => (
          <li key={one.id} className={styles.row}>
            <div className={styles.names}>
              <Link href={`/experiments/${one.id}/edit`} className={styles.name}>
                {one.name}
              </Link>
            </div>
            <div className={styles.effect}>
              <span className={styles.muted}>Not launched yet</span>
            </div>
            <div className={styles.progress}>
              <span className={styles.muted}>begun {since(one.created_at)}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What ended last. */
export function Decided({ experiments }: { experiments: readonly Experiment[] }) {
  return (
    <section className={styles.list} aria-labelledby="home-decided">
      <h2 id="home-decided" className={styles.title}>
        Recently decided
      </h2>
      {experiments.length === 0 && <p className={styles.empty}>No experiment has ended yet.</p>}
      <ul className={styles.rows}>
        {experiments.map((one) => (
          <li key={one.id} className={styles.row}>
            <div className={styles.names}>
              <Link href={`/experiments/${one.id}`} className={styles.name}>
                {one.name}
              </Link>
              {one.conclusion_comment && (
                <p className={styles.comment}>{one.conclusion_comment}</p>
              )}
            </div>
            <div className={styles.effect}>
              <Badge symbol={SYMBOLS[one.conclusion ?? "none"] ?? "■"}>
                {one.conclusion ? CONCLUSIONS[one.conclusion] : "Ended, no conclusion"}
              </Badge>
            </div>
            <div className={styles.progress}>
              <span className={styles.muted}>ended {date(one.end_date)}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const SYMBOLS: Record<string, string> = {
  won: "▲",
  lost: "▼",
  inconclusive: "≈",
  stopped_early: "■",
  invalid: "✕",
};
