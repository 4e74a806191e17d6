/** All metrics in one table: sections with an axis each, metrics as groups of rows. */
import { Fragment, type ReactNode } from "react";

import { Axis } from "../../components/IntervalCell";
import { sharedDomain, type Domain } from "../../components/intervalScale";
import { change } from "../../components/format";
import { nameOfMetric } from "../../metrics/describe";
import type { MetricDocument } from "../../metrics/document";
import type { Experiment, Variant } from "../page/experiment";
import { BreakdownRow } from "./BreakdownRow";
import { MetricGroup, MetricSkeleton } from "./MetricGroup";
import styles from "./Results.module.css";
import type { Outcome, Results, Role } from "./results";
import type { View } from "./view";
import { boundText, effectOf, scaleOf, wingsOf } from "./words";

const SECTIONS: readonly { role: Role; title: string; remark?: string }[] = [
  { role: "primary", title: "Primary" },
  { role: "secondary", title: "Secondary" },
  {
    role: "guardrail",
    title: "Guardrails",
    remark: "Hatched: beyond the margin. Always as a share of the baseline, as margins are.",
  },
];

interface Props {
  experiment: Experiment;
  variants: readonly Variant[];
  results: Results;
  view: View;
  onRetry: () => void;
  /** Only these sections; all of them unless told. */
  roles?: readonly Role[];
}

export function ResultsTable(props: Props) {
  const { experiment, results, view, roles } = props;
  return (
    <Frame caption={`Results of ${experiment.name}`} density={view.density}>
      {SECTIONS.filter(({ role }) => !roles || roles.includes(role)).map((section) => (
        <Section key={section.role} {...props} {...section} outcomes={ordered(results, experiment, section.role)} />
      ))}
    </Frame>
  );
}

function Frame({ caption, density, children }: { caption: string; density: View["density"]; children: ReactNode }) {
  return (
    <div className={styles.frame}>
      <table className={styles.table} data-density={density}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col" className={styles.number}>
              Units
            </th>
            <th scope="col" className={styles.number}>
              Value
            </th>
            <th scope="col" className={styles.number}>
              Effect
            </th>
            <th scope="col">Interval</th>
            <th scope="col">Evidence</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

function Section(props: Props & { role: Role; title: string; remark?: string; outcomes: readonly Outcome[] }) {
  const { experiment, outcomes, title, remark, view } = props;
  if (outcomes.length === 0) return null;
  const shared = outcomes.filter((one) => scaleOf(one, view.difference) === "relative");
  const domain = domainOf(shared, "relative");
  const isDrawn = shared.some((one) => one.readings.some((reading) => reading.relative !== null));
  return (
    <>
      <tbody className={styles.section}>
        <tr>
          <th scope="colgroup" colSpan={4}>
            {title}
            {remark && <span className={styles.remark}>{remark}</span>}
          </th>
          <td>{isDrawn && <Axis domain={domain} format={(value) => change(value, 0)} />}</td>
          <td colSpan={2} />
        </tr>
      </tbody>
      {outcomes.map((outcome) => (
        <Fragment key={outcome.key}>
          <MetricGroup
            {...props}
            outcome={outcome}
            domain={shared.length > 0 ? domain : domainOf([outcome], "absolute")}
            href={`/experiments/${experiment.id}/metrics/${encodeURIComponent(outcome.key)}`}
          />
          {shared.length === 0 && <OwnAxis outcome={outcome} />}
          {view.breakdown && outcome.result && (
            <BreakdownRow outcome={outcome} experiment={experiment} property={view.breakdown} variants={props.variants} />
          )}
        </Fragment>
      ))}
    </>
  );
}

/** Absolute effects are in the unit of each metric, so no two of them share an axis. */
function OwnAxis({ outcome }: { outcome: Outcome }) {
  const domain = domainOf([outcome], "absolute");
  return (
    <tbody className={styles.ownAxis}>
      <tr>
        <td colSpan={4} />
        <td>
          <Axis domain={domain} format={(value) => boundText(value, outcome, "absolute")} />
        </td>
        <td colSpan={2} />
      </tr>
    </tbody>
  );
}

export function domainOf(outcomes: readonly Outcome[], scale: View["difference"]): Domain {
  const readings = outcomes.flatMap((one) => one.readings);
  const intervals = readings.flatMap((reading) =>
    [effectOf(reading, scale), wingsOf(reading, scale)].map((effect) => ({
      estimate: effect?.effect ?? null,
      lower: effect?.interval[0] ?? null,
      upper: effect?.interval[1] ?? null,
    })),
  );
  return sharedDomain(intervals, scale === "relative" ? readings.map((one) => one.limit) : []);
}

function ordered(results: Results, experiment: Experiment, role: Role): Outcome[] {
  const uuids = [
    ...(experiment.primary_metrics_ordered_uuids ?? []),
    ...(experiment.secondary_metrics_ordered_uuids ?? []),
  ];
  const place = (one: Outcome) => (uuids.includes(one.key) ? uuids.indexOf(one.key) : uuids.length);
  return results.metrics
    .filter((one) => one.role === role)
    .sort((one, other) => place(one) - place(other));
}

/** The table while it is computed: names are known, and every row has its final height. */
export function ResultsSkeleton({ experiment, variants }: { experiment: Experiment; variants: number }) {
  const documents = [
    ...experiment.metrics,
    ...experiment.metrics_secondary,
    ...experiment.saved_metrics.map((one) => one.query),
  ] as unknown as MetricDocument[];
  return (
    <Frame caption={`Results of ${experiment.name}, being computed`} density="comfortable">
      {documents.map((metric, place) => (
        <MetricSkeleton key={place} name={nameOfMetric(metric)} rows={Math.max(2, variants)} />
      ))}
    </Frame>
  );
}
