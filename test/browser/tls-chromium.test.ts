import { setDefaultTimeout } from "bun:test";
import { CHROMIUM } from "../helpers/browser-chromium.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { testWorkbenchOverTls } from "../helpers/workbench-over-tls.ts";

setDefaultTimeout(PATIENCE_MS);

testWorkbenchOverTls(CHROMIUM);
