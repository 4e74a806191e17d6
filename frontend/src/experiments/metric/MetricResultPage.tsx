import { Page } from "../../components/Page";

export default function MetricResultPage() {
  return <Page title="Metric">{null}</Page>;
}
