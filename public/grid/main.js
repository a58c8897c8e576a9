// The grid of a directory works without this script, which adds to it and to the script of the index:
//
//   main     starts it
//   tiles    leaves out pictures that do not load, and moves the focus by the arrow keys
//   viewer   shows pictures, films and sounds one at a time
//   media    makes the element that shows one
//   swipe    tells a swipe from other gestures

import { wireTiles } from "./tiles.js";
import { wireViewer } from "./viewer.js";

wireTiles();
wireViewer();
