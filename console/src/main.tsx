/** The start: takes a one-time code out of the address, then shows the console. */

import { render } from "preact";
import { App } from "./app";
import { applyTheme } from "./components/theme";
import { codeOfAddress } from "./session/session";
import "./styles/index.css";

const code = codeOfAddress();
applyTheme();
const root = document.getElementById("app");
if (root) render(<App code={code} />, root);
