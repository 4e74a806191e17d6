import { Page } from "../components/Page";

export default function HoldoutsPage() {
  return <Page title="Holdouts">{null}</Page>;
}
