/** What a metric says among the units of each value of a property. Exploratory: no verdicts. */
import { useQuery } from "@tanstack/react-query";

import { api, call } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { Badge } from "../../components/Badge";
import { change, count } from "../../components/format";
import { Axis, IntervalCell } from "../../components/IntervalCell";
import { sharedDomain } from "../../components/intervalScale";
import { ErrorState, Skeleton } from "../../components/States";
import { Table, type Column } from "../../components/Table";
import { VariantTag } from "../../components/VariantTag";
import type { Experiment, Variant } from "../page/experiment";
import styles from "./Results.module.css";
import type { Answer, Outcome, VariantResult } from "./results";
import { effectText, pText, valueText } from "./words";

const NONE = "$$_posthog_breakdown_null_$$";
const OTHERS = "$$_posthog_breakdown_other_$$";
const MOST = 20;

interface Props {
  experiment: Experiment;
  outcome: Outcome;
  property: string;
  variants: readonly Variant[];
}

interface Row {
  segment: string;
  baseline: number | null;
  result: VariantResult;
}

function useSegments({ experiment, outcome, property }: Props) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["segments", path.project_id, experiment.id, outcome.key, property],
    queryFn: async () => {
      const breakdownFilter = { breakdowns: [{ property, type: "event" }], breakdown_limit: MOST };
      const answer = await call(
        api.POST("/api/projects/{project_id}/query/", {
          params: { path },
          body: {
            query: {
              kind: "ExperimentQuery",
              experiment_id: experiment.id,
              metric: { ...outcome.metric, breakdownFilter },
            },
          },
        }),
      );
      return answer as Answer;
    },
  });
}

export function Segments(props: Props) {
  const { outcome, property, variants } = props;
  const segments = useSegments(props);
  if (segments.error) {
    return <ErrorState error={segments.error} onRetry={() => void segments.refetch()} />;
  }
  if (!segments.data) return <Skeleton height={120} />;
  const rows = rowsOf(segments.data);
  if (rows.length === 0) return <p className={styles.beneath}>No exposed unit has this property.</p>;
  return (
    <div className={styles.segments}>
      <p className={styles.beneath}>
        <Badge symbol="?">Exploratory</Badge> Among many segments some differ by chance, so these
        intervals get no verdict. Segments are ordered by their units.
      </p>
      <Table
        caption={`Segments by ${property}`}
        columns={columnsOf(rows, outcome, variants)}
        rows={rows}
        keyOf={(row) => `${row.segment}/${row.result.key}`}
      />
    </div>
  );
}

function rowsOf(answer: Answer): Row[] {
  return (answer.breakdown_results ?? []).flatMap((part) =>
    part.variants.map((result) => ({
      segment: part.breakdown_value.map(nameOf).join(", "),
      baseline: part.baseline.splitplot.value,
      result,
    })),
  );
}

function nameOf(value: string): string {
  if (value === NONE) return "(no value)";
  return value === OTHERS ? "(all others)" : value;
}

function columnsOf(rows: readonly Row[], outcome: Outcome, variants: readonly Variant[]): Column<Row>[] {
  const effects = rows.map((row) => row.result.splitplot.relative);
  const domain = sharedDomain(
    effects.map((one) => ({
      estimate: one?.effect ?? null,
      lower: one?.interval[0] ?? null,
      upper: one?.interval[1] ?? null,
    })),
  );
  return [
    { id: "segment", title: "Segment", isRowHeader: true, cell: (row) => row.segment },
    {
      id: "variant",
      title: "Variant",
      cell: ({ result }) => {
        const index = variants.findIndex((one) => one.key === result.key);
        return <VariantTag index={Math.max(0, index)} name={variants[index]?.name ?? result.key} />;
      },
    },
    { id: "units", title: "Units", isNumber: true, cell: (row) => count(row.result.number_of_samples) },
    {
      id: "baseline",
      title: "Baseline",
      isNumber: true,
      cell: (row) => valueText(row.baseline, outcome),
    },
    {
      id: "value",
      title: "Value",
      isNumber: true,
      cell: (row) => valueText(row.result.splitplot.value, outcome),
    },
    {
      id: "interval",
      title: (
        <>
          <span className="visually-hidden">Interval</span>
          <Axis domain={domain} format={(value) => change(value, 0)} />
        </>
      ),
      cell: (row) => <SegmentInterval row={row} outcome={outcome} domain={domain} />,
    },
    {
      id: "evidence",
      title: "Evidence",
      cell: ({ result: { splitplot: own } }) => {
        const p = own.adjusted_p_value ?? own.p_value;
        return p === null ? (own.reason?.message ?? "–") : pText(p);
      },
    },
  ];
}

function SegmentInterval({ row, outcome, domain }: { row: Row; outcome: Outcome; domain: readonly [number, number] }) {
  const own = row.result.splitplot;
  if (!own.relative) return <span className={styles.beneath}>{own.reason ? "Too few units" : "–"}</span>;
  const [lower, upper] = own.relative.interval;
  const texts = [own.relative.effect, lower, upper].map((one) => effectText(one, outcome, "relative"));
  return (
    <IntervalCell
      label={`${row.segment}, ${row.result.key}: ${texts[0]}, interval ${texts[1]} to ${texts[2]}.`}
      estimate={own.relative.effect}
      lower={lower}
      upper={upper}
      domain={domain}
      verdict="withheld"
    />
  );
}
