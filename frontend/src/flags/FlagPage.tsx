import { Page } from "../components/Page";

export default function FlagPage() {
  return <Page title="Flag">{null}</Page>;
}
