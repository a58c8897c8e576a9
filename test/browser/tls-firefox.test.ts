import { setDefaultTimeout } from "bun:test";
import { FIREFOX } from "../helpers/browser-firefox.ts";
import { PATIENCE_MS } from "../helpers/patience.ts";
import { testWorkbenchOverTls } from "../helpers/workbench-over-tls.ts";

setDefaultTimeout(PATIENCE_MS);

testWorkbenchOverTls(FIREFOX);
