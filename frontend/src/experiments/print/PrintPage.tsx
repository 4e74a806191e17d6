import { Page } from "../../components/Page";

export default function PrintPage() {
  return <Page title="Print">{null}</Page>;
}
