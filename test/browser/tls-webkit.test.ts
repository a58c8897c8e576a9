import { setDefaultTimeout } from "bun:test";
import { WEBKIT } from "../helpers/browser-webkit.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { testWorkbenchOverTls } from "../helpers/workbench-over-tls.ts";

setDefaultTimeout(PATIENCE_MS);

testWorkbenchOverTls(WEBKIT);
