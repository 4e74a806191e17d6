import { useMemo, useRef } from "react";
import { Link } from "wouter";

import { Checkbox } from "../../components/Fields";
import { sharedDomain } from "../../components/intervalScale";
import { useShortcut } from "../../components/shortcuts";
import table from "../../components/Table.module.css";
import { Cell } from "./cells";
import styles from "./List.module.css";
import type { Experiment, Standing } from "./useExperiments";
import { COLUMNS, type Order, type View } from "./view";

interface Props {
  view: View;
  onSort: (order: Order) => void;
  experiments: readonly Experiment[];
  standings: ReadonlyMap<number, Standing> | undefined;
  selected: ReadonlySet<number>;
  onSelect: (selected: ReadonlySet<number>) => void;
}

export function ExperimentTable(props: Props) {
  const { view, onSort, experiments, standings, selected, onSelect } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const domain = useMemo(() => domainOf(standings), [standings]);
  const columns = COLUMNS.filter(({ id }) => view.columns.includes(id));
  const toggle = (id: number) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  useRowKeys(body, toggle);
  const every = experiments.map((one) => one.id);
  const isEverySelected = every.every((id) => selected.has(id));
  return (
    <div className={table.frame}>
      <table className={`${table.table} ${styles.table}`}>
        <caption className="visually-hidden">Experiments</caption>
        <thead>
          <tr>
            <th scope="col" className={styles.select}>
              <Checkbox
                isSelected={isEverySelected}
                onChange={(all) => onSelect(new Set(all ? every : []))}
              >
                <span className="visually-hidden">Select all on this page</span>
              </Checkbox>
            </th>
            <SortableHeader title="Name" order="name" view={view} onSort={onSort} />
            {columns.map(({ id, title, order }) =>
              order ? (
                <SortableHeader key={id} {...{ title, order, view, onSort }} />
              ) : (
                <th key={id} scope="col">
                  {title}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody ref={body}>
          {experiments.map((experiment) => (
            <tr key={experiment.id} data-id={experiment.id}>
              <td className={styles.select}>
                <Checkbox
                  isSelected={selected.has(experiment.id)}
                  onChange={() => toggle(experiment.id)}
                >
                  <span className="visually-hidden">Select {experiment.name}</span>
                </Checkbox>
              </td>
              <th scope="row" className={styles.name}>
                <Name experiment={experiment} />
              </th>
              {columns.map(({ id, title }) => (
                <td key={id} data-label={title}>
                  <Cell
                    column={id}
                    experiment={experiment}
                    standing={standings?.get(experiment.id)}
                    isLoading={!standings}
                    domain={domain}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Name({ experiment }: { experiment: Experiment }) {
  const isDraft = experiment.status === "draft";
  const address = `/experiments/${experiment.id}${isDraft ? "/edit" : ""}`;
  return (
    <>
      <Link href={address} data-row-link>
        {experiment.name}
      </Link>
      {experiment.type === "web" && <span className={styles.kind}>no-code</span>}
      {experiment.description && <p className={styles.hypothesis}>{experiment.description}</p>}
    </>
  );
}

interface HeaderProps {
  title: string;
  order: Order;
  view: View;
  onSort: (order: Order) => void;
}

function SortableHeader({ title, order, view, onSort }: HeaderProps) {
  const isSorted = view.order === order;
  const direction = view.isDescending ? "descending" : "ascending";
  return (
    <th scope="col" aria-sort={isSorted ? direction : undefined}>
      <button type="button" className={styles.sort} onClick={() => onSort(order)}>
        {title}
        <span aria-hidden="true">{isSorted ? (view.isDescending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

/** `j` and `k` go from row to row by its link, which Enter opens; `x` selects the row. */
function useRowKeys(
  body: React.RefObject<HTMLTableSectionElement | null>,
  toggle: (id: number) => void,
) {
  const links = () => [...(body.current?.querySelectorAll<HTMLElement>("[data-row-link]") ?? [])];
  const step = (by: number) => {
    const all = links();
    const row = document.activeElement?.closest("tr");
    const at = all.findIndex((link) => link.closest("tr") === row);
    const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
    all[next]?.focus();
  };
  useShortcut("j", "Next row", () => step(1));
  useShortcut("k", "Previous row", () => step(-1));
  useShortcut("x", "Select the row", () => {
    const id = document.activeElement?.closest("tr")?.dataset.id;
    if (id) toggle(Number(id));
  });
}

/** One axis for the whole page, so that bars can be compared down the column. */
function domainOf(standings: ReadonlyMap<number, Standing> | undefined) {
  const effects = [...(standings?.values() ?? [])].flatMap(({ primary }) =>
    primary?.relative
      ? [
          {
            estimate: primary.relative.effect,
            lower: primary.relative.interval[0],
            upper: primary.relative.interval[1],
          },
        ]
      : [],
  );
  return sharedDomain(effects);
}
