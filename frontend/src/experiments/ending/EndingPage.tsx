import { Page } from "../../components/Page";

export default function EndingPage() {
  return <Page title="End the experiment">{null}</Page>;
}
