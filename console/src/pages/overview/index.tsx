/** How everything is, and what needs a person. */

import { PageHead } from "../../components";

export default function Overview() {
  return <PageHead title="Overview" />;
}
