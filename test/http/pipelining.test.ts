import { expect, test } from "bun:test";
import { isPipelining } from "../../src/http/pipelining.ts";

test.each([
  [undefined, false],
  ["", false],
  ["Debian", false],
  ["D/1", false],
  ["debian apt-http/1.3", false],
  // It resembles apt, and uses curl, which does not pipeline.
  ["Debian APT-CURL/1.0 (1.4.8)", false],
  ["Mozilla/5.0 (X11; Linux x86_64) Debian APT-HTTP/1.3", false],
  ["Dalvik/2.1.0 (Linux; U; Android 14)", false],
  ["curl/8.14.1", false],
  ["lftp/4.9.2", false],
  ["python-requests/2.32.3", false],
  ["Debian APT-HTTP/1.3 (2.6.1)", true],
  ["Debian APT-HTTP/1.3 (0.8.16~exp12ubuntu10.21)", true],
  ["Debian APT-HTTP/1.3 (3.0.3) non-interactive", true],
  ["Telesphoreo APT-HTTP/1.0.592", true],
  ["Debian Apt-Cacher-NG/3.7.4", true],
  ["zsync/0.6.2", true],
  ["phttpget/0.1", true],
])("isPipelining(%j) is %j", (agent, expected) => {
  expect(isPipelining(agent)).toBe(expected);
});
