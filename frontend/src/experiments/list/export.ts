/** The rows on the screen as a file for spreadsheets. */
import { VERDICTS } from "../../components/Verdict";
import { STATUS } from "../page/status";
import { nameOf, type Experiment, type Standing } from "./useExperiments";
import { COLUMNS, type View } from "./view";

type Row = readonly [Experiment, Standing | undefined];

const VALUES: Record<View["columns"][number], readonly [string, (row: Row) => unknown][]> = {
  status: [
    ["Status", ([one]) => STATUS[one.status].word],
    ["Conclusion", ([one]) => one.conclusion],
  ],
  owner: [["Owner", ([one]) => one.created_by && nameOf(one.created_by)]],
  primary: [
    ["Primary metric", ([, standing]) => standing?.primary?.name],
    ["Variant", ([, standing]) => standing?.primary?.variant],
    ["Effect", ([, standing]) => standing?.primary?.relative?.effect],
    ["Lower bound", ([, standing]) => standing?.primary?.relative?.interval[0]],
    ["Upper bound", ([, standing]) => standing?.primary?.relative?.interval[1]],
    [
      "Verdict",
      ([, standing]) => standing?.primary && VERDICTS[standing.primary.verdict].word,
    ],
  ],
  guardrails: [
    ["Guardrails safe", ([, standing]) => standing?.guardrails.safe],
    ["Guardrails not yet excluded", ([, standing]) => standing?.guardrails.not_yet_excluded],
    ["Guardrails breached", ([, standing]) => standing?.guardrails.breached],
  ],
  health: [["Issues", ([, standing]) => standing?.findings.length]],
  progress: [
    ["Days", ([, standing]) => standing?.days],
    ["Share of the plan", ([, standing]) => standing?.share],
    ["Days left", ([, standing]) => standing?.days_left],
  ],
  started: [["Started", ([one]) => one.start_date]],
  updated: [["Updated", ([one]) => one.updated_at]],
};

export function csvOf(
  view: View,
  experiments: readonly Experiment[],
  standings: ReadonlyMap<number, Standing> | undefined,
): string {
  const columns: readonly [string, (row: Row) => unknown][] = [
    ["Id", ([one]) => one.id],
    ["Name", ([one]) => one.name],
    ["Hypothesis", ([one]) => one.description],
    ["Flag", ([one]) => one.feature_flag_key],
    ...COLUMNS.filter(({ id }) => view.columns.includes(id)).flatMap(({ id }) => VALUES[id]),
  ];
  const lines = [
    columns.map(([title]) => title),
    ...experiments.map((one) =>
      columns.map(([, value]) => value([one, standings?.get(one.id)])),
    ),
  ];
  return lines.map((line) => line.map(field).join(",")).join("\r\n");
}

/** Quoted; a text that a spreadsheet would compute is made one that it shows. */
function field(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = String(value);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export function download(name: string, text: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
