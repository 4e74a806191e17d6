/** The tab *Setup*: what the experiment is made of, each part to be changed by itself. */
import { Link } from "wouter";

import { Banner } from "../../../components/Badge";
import { percent } from "../../../components/format";
import { Panel } from "../../../components/Page";
import { Table, type Column } from "../../../components/Table";
import { VariantTag } from "../../../components/VariantTag";
import { variantsOf, type Experiment, type Variant } from "../experiment";
import { ExposureForm } from "./ExposureForm";
import { HypothesisForm } from "./HypothesisForm";
import { Metrics } from "./Metrics";
import styles from "./Setup.module.css";
import { StatsForm } from "./StatsForm";

export default function Setup({ experiment }: { experiment: Experiment }) {
  const isUnderWay = experiment.start_date !== null && experiment.end_date === null;
  return (
    <>
      {isUnderWay && (
        <Banner tone="caution" title="This experiment is under way.">
          What is changed here changes its results at once. The activity log keeps what it was.
        </Banner>
      )}
      <Panel title="Hypothesis">
        <HypothesisForm experiment={experiment} />
      </Panel>
      <Panel title="Metrics">
        <Metrics experiment={experiment} />
      </Panel>
      <div className={styles.columns}>
        <Panel title="Statistics">
          <StatsForm experiment={experiment} />
        </Panel>
        <Panel title="Who counts">
          <ExposureForm experiment={experiment} />
        </Panel>
      </div>
      <Panel
        title="Variants and targeting"
        aside={<Link href={`/feature_flags/${experiment.feature_flag.id}`}>Open the flag</Link>}
      >
        <Variants experiment={experiment} />
        <Targeting experiment={experiment} />
      </Panel>
    </>
  );
}

function Variants({ experiment }: { experiment: Experiment }) {
  const variants = variantsOf(experiment);
  const columns: Column<Variant>[] = [
    {
      id: "variant",
      title: "Variant",
      isRowHeader: true,
      cell: (variant) => <VariantTag index={variants.indexOf(variant)} name={variant.name} />,
    },
    { id: "key", title: "Key", cell: ({ key }) => <code>{key}</code> },
    {
      id: "share",
      title: "Share",
      isNumber: true,
      cell: ({ share }) => (share === null ? "–" : percent(share / 100, 0)),
    },
  ];
  return <Table caption="Variants of the flag" columns={columns} rows={variants} keyOf={(one) => one.key} />;
}

interface Condition {
  rollout_percentage?: number | null;
  properties?: readonly unknown[];
}

function Targeting({ experiment }: { experiment: Experiment }) {
  const { groups } = experiment.feature_flag.filters as { groups?: readonly Condition[] };
  return (
    <ul className={styles.conditions}>
      {(groups ?? []).map((group, place) => (
        <li key={place}>
          {percent((group.rollout_percentage ?? 100) / 100, 0)} of{" "}
          {group.properties?.length
            ? `units that fit ${group.properties.length} ${group.properties.length === 1 ? "condition" : "conditions"}`
            : "all units"}{" "}
          enter
        </li>
      ))}
    </ul>
  );
}
