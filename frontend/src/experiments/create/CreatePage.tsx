import { Page } from "../../components/Page";

export default function CreatePage() {
  return <Page title="New experiment">{null}</Page>;
}
