import { STATUS } from "../experiments/page/status";
import { Badge } from "./Badge";

export type Status = keyof typeof STATUS;

/** Where an experiment stands, by symbol and word. */
export function StatusTag({ status }: { status: Status }) {
  const { symbol, word, tone } = STATUS[status];
  return (
    <Badge tone={tone} symbol={symbol}>
      {word}
    </Badge>
  );
}
