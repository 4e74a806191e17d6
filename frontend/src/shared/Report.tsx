/** One experiment on paper: the print view and the public link show the same. No controls, no links. */
import { Badge } from "../components/Badge";
import { change, count, date, NOTHING, percent } from "../components/format";
import { Axis, IntervalCell } from "../components/IntervalCell";
import { sharedDomain, type Domain } from "../components/intervalScale";
import { VariantTag } from "../components/VariantTag";
import { VerdictTag } from "../components/Verdict";
import { CONCLUSIONS, STATUS } from "../experiments/page/status";
import type { Outcome, Reading, Results, Role } from "../experiments/results/results";
import {
  countsText,
  effectText,
  intervalMeaning,
  intervalSentence,
  methodText,
  valueText,
} from "../experiments/results/words";
import styles from "./Report.module.css";

export interface Reported {
  name: string;
  description: string | null;
  status: keyof typeof STATUS;
  start_date: string | null;
  end_date: string | null;
  conclusion: keyof typeof CONCLUSIONS | null;
  conclusion_comment: string | null;
  variants: readonly { key: string; rollout_percentage: number | null }[];
  results: Results | null;
}

const ROLES: readonly { role: Role; title: string }[] = [
  { role: "primary", title: "Primary metrics" },
  { role: "secondary", title: "Secondary metrics" },
  { role: "guardrail", title: "Guardrails" },
];

export function Report({ reported }: { reported: Reported }) {
  const { name, description, status, conclusion, results, variants } = reported;
  const face = STATUS[status];
  return (
    <article className={styles.report}>
      <header>
        <h1>{name}</h1>
        <p className={styles.line}>
          <Badge tone={face.tone} symbol={face.symbol}>
            {face.word}
          </Badge>
          <span>
            {reported.start_date === null
              ? "Not launched"
              : `${date(reported.start_date)} to ${reported.end_date ? date(reported.end_date) : "today"}`}
          </span>
          {results && <span className={styles.muted}>As of {dateAndTime(results.computed_at)}</span>}
        </p>
      </header>
      {description && (
        <section>
          <h2>Hypothesis</h2>
          <p className={styles.text}>{description}</p>
        </section>
      )}
      {conclusion && (
        <section>
          <h2>Conclusion: {CONCLUSIONS[conclusion]}</h2>
          {reported.conclusion_comment && (
            <p className={styles.text}>{reported.conclusion_comment}</p>
          )}
        </section>
      )}
      <section>
        <h2>Variants</h2>
        <ul className={styles.variants}>
          {variants.map((one, at) => (
            <li key={one.key}>
              <VariantTag index={at} name={one.key} isBaseline={one.key === "control"} />{" "}
              {one.rollout_percentage === null ? NOTHING : `${one.rollout_percentage}%`}
            </li>
          ))}
        </ul>
      </section>
      {results ? <Findings results={results} variants={variants.map((one) => one.key)} /> : null}
    </article>
  );
}

const dateAndTime = (value: string) =>
  new Date(value).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function Findings({ results, variants }: { results: Results; variants: readonly string[] }) {
  return (
    <>
      {results.doubt && (
        <p className={styles.doubt}>
          <span aria-hidden="true">▲ </span>
          {results.doubt.message}
        </p>
      )}
      {ROLES.map(({ role, title }) => {
        const outcomes = results.metrics.filter((one) => one.role === role);
        return (
          outcomes.length > 0 && (
            <section key={role} className={styles.section}>
              <h2>{title}</h2>
              <Metrics title={title} {...{ outcomes, results, variants }} />
            </section>
          )
        );
      })}
      <p className={styles.muted}>
        Method: {methodText(results)}. {intervalMeaning(results)}
      </p>
    </>
  );
}

interface MetricsProps {
  title: string;
  outcomes: readonly Outcome[];
  results: Results;
  variants: readonly string[];
}

function Metrics({ title, outcomes, results, variants }: MetricsProps) {
  const domain = sharedDomain(
    outcomes.flatMap((one) =>
      one.readings.map(({ relative }) => ({
        estimate: relative?.effect ?? null,
        lower: relative?.interval[0] ?? null,
        upper: relative?.interval[1] ?? null,
      })),
    ),
    outcomes.flatMap((one) => one.readings.map((reading) => reading.limit)),
  );
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">Units</th>
            <th scope="col">Value</th>
            <th scope="col">Effect</th>
            <th scope="col">
              {percent(results.level, 0)} interval
              <Axis domain={domain} format={(value) => change(value, 0)} width={200} />
            </th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        {outcomes.map((outcome) => (
          <Metric key={outcome.key} {...{ outcome, results, variants, domain }} />
        ))}
      </table>
    </div>
  );
}

interface MetricProps {
  outcome: Outcome;
  results: Results;
  variants: readonly string[];
  domain: Domain;
}

function Metric({ outcome, results, variants, domain }: MetricProps) {
  const { result } = outcome;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={6} className={styles.metric}>
          {outcome.name ?? "Metric"}
          {!result && outcome.reason && (
            <span className={styles.muted}> {outcome.reason.message}</span>
          )}
        </th>
      </tr>
      {result &&
        [result.baseline, ...result.variant_results].map((sums, at) => (
          <tr key={sums.key}>
            <th scope="row">
              <VariantTag
                index={Math.max(0, variants.indexOf(sums.key))}
                name={sums.key}
                isBaseline={at === 0}
              />
            </th>
            <td data-label="Units">{count(sums.number_of_samples)}</td>
            <td data-label="Value">
              {valueText(sums.splitplot.value, outcome)}
              <div className={styles.muted}>{countsText(sums, outcome)}</div>
            </td>
            <Effect
              reading={outcome.readings.find((one) => one.variant === sums.key)}
              {...{ outcome, results, domain }}
            />
          </tr>
        ))}
    </tbody>
  );
}

interface EffectProps {
  reading: Reading | undefined;
  outcome: Outcome;
  results: Results;
  domain: Domain;
}

function Effect({ reading, outcome, results, domain }: EffectProps) {
  if (!reading) return <td colSpan={3} />;
  const scale = reading.relative ? "relative" : "absolute";
  const effect = reading.relative ?? reading.absolute;
  const [lower, upper] = effect?.interval ?? [null, null];
  const isUpGood = outcome.goal !== "decrease";
  const zone =
    reading.limit === null
      ? undefined
      : isUpGood
        ? { from: null, to: reading.limit }
        : { from: reading.limit, to: null };
  return (
    <>
      <td data-label="Effect">{effect ? effectText(effect.effect, outcome, scale) : NOTHING}</td>
      <td data-label="Interval">
        {reading.relative && (
          <IntervalCell
            label={intervalSentence(reading.variant, reading, outcome, { scale, results })}
            estimate={reading.relative.effect}
            lower={lower}
            upper={upper}
            domain={domain}
            verdict={reading.verdict}
            zone={zone}
            isDoubtful={results.doubt !== null}
            width={200}
          />
        )}
        {effect && (
          <div className={styles.muted}>
            {effectText(lower, outcome, scale)} to {effectText(upper, outcome, scale)}
          </div>
        )}
      </td>
      <td data-label="Verdict">
        <VerdictTag verdict={reading.verdict} />
      </td>
    </>
  );
}
