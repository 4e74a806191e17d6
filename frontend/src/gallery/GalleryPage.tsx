import { Page } from "../components/Page";

export default function GalleryPage() {
  return <Page title="Gallery">{null}</Page>;
}
