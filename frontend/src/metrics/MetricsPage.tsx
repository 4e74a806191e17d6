import { Page } from "../components/Page";

export default function MetricsPage() {
  return <Page title="Shared metrics">{null}</Page>;
}
