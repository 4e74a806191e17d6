/** What the result is made of: sums, adjustment, the query, and what was left out. */
import { CodeBlock, CopyButton } from "../../components/CodeBlock";
import { count, dateTime, number, percent } from "../../components/format";
import { Panel } from "../../components/Page";
import { Table, type Column } from "../../components/Table";
import { VariantTag } from "../../components/VariantTag";
import type { Variant } from "../page/experiment";
import { compatText } from "../results/VariantRow";
import type { Answer, Outcome, VariantResult } from "../results/results";
import { valueText } from "../results/words";
import styles from "./Metric.module.css";

type Sums = Answer["baseline"] | VariantResult;

const SUMS = [
  ["sum", "Sum"],
  ["sum_squares", "Sum of squares"],
  ["denominator_sum", "Sum of denominators"],
  ["denominator_sum_squares", "Squares of denominators"],
  ["numerator_denominator_sum_product", "Sum of products"],
  ["covariate_sum", "Sum of covariates"],
  ["covariate_sum_squares", "Squares of covariates"],
  ["covariate_sum_product", "Products with covariates"],
] as const;

export function Debug({ outcome, variants }: { outcome: Outcome; variants: readonly Variant[] }) {
  const { result } = outcome;
  if (!result) return <p>{outcome.reason?.message}</p>;
  const rows: Sums[] = [result.baseline, ...result.variant_results];
  return (
    <>
      <Panel title="Sums by variant">
        <Table
          caption="Sums by variant"
          columns={columnsOf(rows, outcome, variants)}
          rows={rows}
          keyOf={(row) => row.key}
        />
      </Panel>
      {result.variant_results.some((one) => one.splitplot.adjustment) && <Adjustment result={result} />}
      <Panel title="PostHog’s figures">
        <ul className={styles.plain}>
          {result.variant_results.map((one) => (
            <li key={one.key}>
              {variants.find(({ key }) => key === one.key)?.name ?? one.key}: {compatText(one)}
              {one.validation_failures.length > 0 && ` (${one.validation_failures.join(", ")})`}
            </li>
          ))}
        </ul>
      </Panel>
      {result.warnings.length > 0 && (
        <Panel title="Left out">
          <ul>
            {result.warnings.map((warning) => (
              <li key={warning.code}>{warning.message}</li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="How it was computed">
        <dl className={styles.terms}>
          <dt>Computed</dt>
          <dd>
            {dateTime(result.last_refresh)}
            {result.is_cached ? ", used again since" : ""}
          </dd>
          <dt>Fingerprint</dt>
          <dd>
            <code className={styles.fingerprint}>{result.cache_key}</code>{" "}
            <CopyButton text={result.cache_key} what="the fingerprint of the question" />
          </dd>
        </dl>
        <p className={styles.beneath}>
          The fingerprint stands for everything that was asked: the same one means the same question.
        </p>
        <CodeBlock label="SQL of the event store" code={result.clickhouse_sql} />
      </Panel>
      <Panel title="Definition">
        <CodeBlock label="Metric" code={JSON.stringify(outcome.metric, null, 2)} />
      </Panel>
    </>
  );
}

function columnsOf(rows: readonly Sums[], outcome: Outcome, variants: readonly Variant[]): Column<Sums>[] {
  const used = SUMS.filter(([field]) => rows.some((row) => row[field] != null));
  return [
    {
      id: "variant",
      title: "Variant",
      isRowHeader: true,
      cell: ({ key }) => {
        const index = variants.findIndex((one) => one.key === key);
        return <VariantTag index={Math.max(0, index)} name={variants[index]?.name ?? key} />;
      },
    },
    { id: "units", title: "Units", isNumber: true, cell: (row) => count(row.number_of_samples) },
    {
      id: "value",
      title: "Value",
      isNumber: true,
      cell: (row) => valueText(row.splitplot.value, outcome),
    },
    ...used.map(([field, title]) => ({
      id: field,
      title,
      isNumber: true,
      cell: (row: Sums) => number(row[field]),
    })),
  ];
}

function Adjustment({ result }: { result: Answer }) {
  return (
    <Panel title="Adjusted by what was so before exposure (CUPED)">
      <ul className={styles.plain}>
        {result.variant_results.map(({ key, splitplot: { adjustment } }) =>
          adjustment ? (
            <li key={key}>
              {key}: slope {number(adjustment.theta)}; variance less by{" "}
              {percent(adjustment.variance_reduction)}, of the baseline by{" "}
              {percent(adjustment.baseline_variance_reduction)}
            </li>
          ) : (
            <li key={key}>{key}: not adjusted</li>
          ),
        )}
      </ul>
    </Panel>
  );
}
