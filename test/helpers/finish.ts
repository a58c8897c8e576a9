export { doAtOnce as finish } from "../../src/listing/sliced.ts";
