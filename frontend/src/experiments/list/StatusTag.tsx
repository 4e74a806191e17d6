import { Badge } from "../../components/Badge";
import { STATUS } from "../page/status";

/** Where an experiment stands, by symbol and word. */
export function StatusTag({ status }: { status: keyof typeof STATUS }) {
  const { symbol, word, tone } = STATUS[status];
  return (
    <Badge tone={tone} symbol={symbol}>
      {word}
    </Badge>
  );
}
