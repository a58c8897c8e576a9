export { doAtOnce as finish } from "../../src/files/slices/sliced.ts";
