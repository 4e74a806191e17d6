import { Page } from "../../components/Page";

export default function ExperimentPage() {
  return <Page title="Experiment">{null}</Page>;
}
