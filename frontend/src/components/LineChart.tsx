/** Lines by day, each with a colour, a dash pattern and a letter at its end; or as a table. */
import { scaleLinear, scaleUtc } from "d3-scale";
import { area, line } from "d3-shape";
import { useId, useState, type ReactNode } from "react";

import { Button } from "./Button";
import { date } from "./format";
import styles from "./LineChart.module.css";
import { Table, type Column } from "./Table";
import { useWidth } from "./useWidth";
import { colourOf, dashOf, letterOf } from "./VariantTag";

export interface Point {
  /** Of the API, as it was sent: a day. */
  day: string;
  value: number | null;
  lower?: number | null;
  upper?: number | null;
  /** Said of the point, in the table too. */
  remark?: string | undefined;
}

export interface Series {
  /** Of the variant among all variants. */
  index: number;
  name: string;
  points: readonly Point[];
}

interface Props {
  /** The chart as a sentence. */
  label: string;
  series: readonly Series[];
  format: (value: number) => string;
  /** A line at 0, for effects. */
  hasZero?: boolean;
  /** Above the chart, beside the switch to the table. */
  children?: ReactNode;
}

const USUAL_WIDTH = 920;
const WIDEST_DAY = 110;
const HEIGHT = 260;
const EDGE = { top: 12, right: 34, bottom: 26, left: 56 };
const MOST_DOTS = 60;
const LETTER = 14;

export function LineChart(props: Props) {
  const [isTable, setTable] = useState(false);
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <div>{props.children}</div>
        <Button isSmall look="quiet" onPress={() => setTable(!isTable)}>
          {isTable ? "Show as chart" : "Show as table"}
        </Button>
      </figcaption>
      {isTable ? <Numbers {...props} /> : <Drawing {...props} />}
    </figure>
  );
}

function Drawing({ label, series, format, hasZero = false }: Props) {
  const id = useId();
  const { element, width } = useWidth<SVGSVGElement>(USUAL_WIDTH);
  const { x, y } = scalesOf(series, hasZero, width);
  const dayTicks = x.ticks(Math.max(2, Math.floor(width / WIDEST_DAY)));
  return (
    <svg
      ref={element}
      role="img"
      aria-labelledby={id}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      height={HEIGHT}
      className={styles.chart}
    >
      <title id={id}>{label}</title>
      {y.ticks(4).map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
          <text className={styles.text} x={EDGE.left - 8} y={y(tick) + 4} textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      {dayTicks.map((tick) => (
        <text key={+tick} className={styles.text} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
          {tick.toLocaleDateString(undefined, { day: "numeric", month: "short", timeZone: "UTC" })}
        </text>
      ))}
      {hasZero && (
        <line data-part="zero" className={styles.zero} x1={EDGE.left} x2={width - EDGE.right} y1={y(0)} y2={y(0)} />
      )}
      {series.map((one) => (
        <Line key={one.name} series={one} x={x} y={y} />
      ))}
      {lettersOf(series, y).map(({ index, top }) => (
        <text
          key={index}
          className={styles.letter}
          style={{ color: colourOf(index) }}
          x={width - EDGE.right + 10}
          y={top + 4}
        >
          {letterOf(index)}
        </text>
      ))}
    </svg>
  );
}

type X = ReturnType<typeof scaleUtc<number>>;
type Y = ReturnType<typeof scaleLinear<number>>;

function Line({ series, x, y }: { series: Series; x: X; y: Y }) {
  const at = (point: Point) => x(new Date(point.day));
  const isThere = (point: Point) => point.value !== null;
  const path = line<Point>()
    .defined(isThere)
    .x(at)
    .y((point) => y(point.value ?? 0));
  const band = area<Point>()
    .defined((point) => point.lower != null && point.upper != null)
    .x(at)
    .y0((point) => y(point.lower ?? 0))
    .y1((point) => y(point.upper ?? 0));
  const shown = series.points.filter(isThere);
  return (
    <g style={{ color: colourOf(series.index) }} data-series={series.name}>
      <path className={styles.band} d={band([...series.points]) ?? ""} />
      <path
        className={styles.line}
        d={path([...series.points]) ?? ""}
        strokeDasharray={dashOf(series.index)}
      />
      {shown.length <= MOST_DOTS &&
        shown.map((point) => (
          <circle key={point.day} className={styles.dot} cx={at(point)} cy={y(point.value ?? 0)} r={point.remark ? 5 : 2.5}>
            {point.remark && <title>{`${date(point.day)}: ${point.remark}`}</title>}
          </circle>
        ))}
    </g>
  );
}

/** Where each line ends, pushed apart so that no two letters cover each other. */
function lettersOf(series: readonly Series[], y: Y): { index: number; top: number }[] {
  const ends = series.flatMap(({ index, points }) => {
    const last = points.findLast((point) => point.value !== null);
    return last ? [{ index, top: y(last.value ?? 0) }] : [];
  });
  ends.sort((one, other) => one.top - other.top);
  ends.forEach((end, place) => {
    const above = ends[place - 1];
    if (above) end.top = Math.max(end.top, above.top + LETTER);
  });
  return ends;
}

function scalesOf(series: readonly Series[], hasZero: boolean, width: number): { x: X; y: Y } {
  const points = series.flatMap((one) => one.points);
  const days = points.map((point) => +new Date(point.day));
  const values = points
    .flatMap((point) => [point.value, point.lower ?? null, point.upper ?? null])
    .filter((value) => value !== null);
  const [least, most] = [Math.min(0, ...values), Math.max(hasZero ? 0 : 1, ...values)];
  const x = scaleUtc()
    .domain([Math.min(...days), Math.max(...days)])
    .range([EDGE.left, width - EDGE.right]);
  const y = scaleLinear()
    .domain(least === most ? [-1, 1] : [least, most])
    .nice(4)
    .range([HEIGHT - EDGE.bottom, EDGE.top]);
  return { x, y };
}

function Numbers({ label, series, format }: Props) {
  const days = [...new Set(series.flatMap((one) => one.points.map((point) => point.day)))];
  const columns: Column<string>[] = [
    { id: "day", title: "Day", isRowHeader: true, cell: date },
    ...series.map((one) => ({
      id: one.name,
      title: `${letterOf(one.index)} ${one.name}`,
      isNumber: true,
      cell: (day: string) => textOf(one.points.find((point) => point.day === day), format),
    })),
  ];
  return <Table caption={label} columns={columns} rows={days} keyOf={(day) => day} />;
}

function textOf(point: Point | undefined, format: Props["format"]): string {
  if (!point || point.value === null) return "–";
  const { lower, upper, remark } = point;
  const bounds = lower != null && upper != null ? ` (${format(lower)} to ${format(upper)})` : "";
  return `${format(point.value)}${bounds}${remark ? `, ${remark}` : ""}`;
}
