import { expect, test } from "bun:test";
import {
  findProtocolFault,
  findUrlFault,
  splitProtocols,
} from "../../../public/workbench/target.js";

test.each([
  ["", "A WebSocket URL starts with ws:// or wss://."],
  ["http://host/", "A WebSocket URL starts with ws:// or wss://."],
  ["ws:/host/", "A WebSocket URL starts with ws:// or wss://."],
  ["javascript:alert(1)//ws://", "A WebSocket URL starts with ws:// or wss://."],
  ["ws://host/#part", "A WebSocket URL has no #fragment."],
  ["ws://ho st/", "A URL has no spaces."],
  ["ws://host/a\tb", "A URL has no spaces."],
  ["ws://", "This is not a valid URL: check the host and the port."],
  ["ws://host:99999/", "This is not a valid URL: check the host and the port."],
  ["ws://host/?a=b", undefined],
  ["WSS://[::1]:8443/", undefined],
])("findUrlFault(%j) is %j", (url, fault) => {
  expect(findUrlFault(url)).toBe(fault);
});

test.each([
  ["", []],
  [" , ,", []],
  ["chat.v2, chat.v1", ["chat.v2", "chat.v1"]],
])("splitProtocols(%j) is %j", (list, names) => {
  expect(splitProtocols(list)).toEqual(names);
});

test.each([
  [["a b"], "“a b” cannot name a subprotocol: no spaces, quotes, slashes or brackets."],
  [["ok", "ä"], "“ä” cannot name a subprotocol: no spaces, quotes, slashes or brackets."],
  [["a", "b", "a"], "The subprotocol “a” is named twice."],
  [[], undefined],
  [["chat.v2", "graphql-ws", "x!#$%&'*+-.^_`|~1"], undefined],
])("findProtocolFault(%j) is %j", (names, fault) => {
  expect(findProtocolFault(names)).toBe(fault);
});
