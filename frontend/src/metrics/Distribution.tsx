import { scaleLinear } from "d3-scale";

import { count, number } from "../components/format";
import styles from "./Metrics.module.css";
import type { Preview } from "./usePreview";

type Bin = Preview["bins"][number];

/** How the units' values are spread: a bar and a number for each range. */
export function Distribution({ bins, units }: { bins: readonly Bin[]; units: number }) {
  if (bins.length === 0) return null;
  const width = scaleLinear([0, Math.max(...bins.map((bin) => bin.units), 1)], [0, 100]);
  return (
    <table className={styles.bins}>
      <caption>How {count(units)} units are spread</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Share as a bar</th>
          <th scope="col">Units</th>
        </tr>
      </thead>
      <tbody>
        {bins.map((bin) => (
          <tr key={String(bin.start)}>
            <th scope="row">{rangeOf(bin)}</th>
            <td className={styles.barCell} aria-hidden="true">
              <span className={styles.bar} style={{ width: `${width(bin.units)}%` }} />
            </td>
            <td className={styles.number}>{count(bin.units)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rangeOf({ start, end }: Bin): string {
  if (start === null) return "0 or less";
  if (start === 0) return `above 0, below ${number(end)}`;
  return end === null ? `${number(start)} or more` : `${number(start)} to ${number(end)}`;
}
