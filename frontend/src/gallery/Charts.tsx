import { change } from "../components/format";
import { Axis, IntervalCell } from "../components/IntervalCell";
import { Panel } from "../components/Page";
import { Table } from "../components/Table";
import { VariantTag } from "../components/VariantTag";
import { VERDICTS, VerdictTag, type VerdictWord } from "../components/Verdict";
import styles from "./Gallery.module.css";

interface Example {
  verdict: VerdictWord;
  estimate: number | null;
  lower: number | null;
  upper: number | null;
  zone?: { from: number | null; to: number | null };
  wings?: { lower: number | null; upper: number | null };
  isDoubtful?: boolean;
}

const DOMAIN = [-0.2, 0.2] as const;
const BEYOND = { from: null, to: -0.05 };

const EXAMPLES: readonly Example[] = [
  { verdict: "better", estimate: 0.08, lower: 0.03, upper: 0.13, wings: { lower: 0.01, upper: 0.15 } },
  { verdict: "worse", estimate: -0.09, lower: -0.15, upper: -0.03 },
  { verdict: "no_meaningful_difference", estimate: 0.001, lower: -0.01, upper: 0.012 },
  { verdict: "not_yet", estimate: 0.05, lower: -0.06, upper: 0.35 },
  { verdict: "safe", estimate: 0, lower: -0.03, upper: 0.03, zone: BEYOND },
  { verdict: "not_yet_excluded", estimate: -0.03, lower: -0.09, upper: 0.03, zone: BEYOND },
  { verdict: "breached", estimate: -0.1, lower: -0.14, upper: -0.06, zone: BEYOND },
  { verdict: "withheld", estimate: 0.08, lower: 0.02, upper: null, isDoubtful: true },
  { verdict: "withheld", estimate: null, lower: null, upper: null },
];

export function Charts() {
  return (
    <>
      <Panel title="Intervals and verdicts">
        <Table
          caption="Intervals with each verdict"
          rows={EXAMPLES.map((example, at) => ({ ...example, at }))}
          keyOf={(example) => example.at}
          columns={[
            {
              id: "verdict",
              title: "Verdict",
              isRowHeader: true,
              cell: ({ verdict }) => <VerdictTag verdict={verdict} />,
            },
            {
              id: "interval",
              title: (
                <>
                  <span className="visually-hidden">Interval</span>
                  <Axis domain={DOMAIN} format={(value) => change(value, 0)} />
                </>
              ),
              cell: ({ at, ...example }) => (
                <IntervalCell label={sentence(example)} domain={DOMAIN} {...example} />
              ),
            },
          ]}
        />
      </Panel>
      <Panel title="Variants">
        <div className={styles.row}>
          {["control", "test", "third", "fourth", "fifth", "sixth", "seventh", "eighth"].map(
            (name, index) => (
              <VariantTag key={name} index={index} name={name} isBaseline={index === 0} />
            ),
          )}
        </div>
        <meter min={0} max={1} value={0.46} aria-label="Share of the planned units" />
      </Panel>
    </>
  );
}

function sentence({ verdict, estimate, lower, upper }: Example): string {
  const word = VERDICTS[verdict].word.toLowerCase();
  if (estimate === null) return `No estimate, ${word}`;
  return `${change(estimate)}, interval ${change(lower)} to ${change(upper)}, ${word}`;
}
