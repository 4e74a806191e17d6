import { Page } from "../components/Page";

export default function MetricPage() {
  return <Page title="Metric">{null}</Page>;
}
