import { Page } from "../components/Page";

export default function HoldoutPage() {
  return <Page title="Holdout">{null}</Page>;
}
