/**
 * Pins the types that the parts agree on. Nothing here runs: `bun check` fails where one has changed.
 */
import { expectTypeOf } from "bun:test";
import type { ConfigResult } from "../src/cli/config.ts";
import type { ContentCache, KeptResource } from "../src/files/content/content-cache.ts";
import type { Entry } from "../src/files/root/document-root.ts";
import type { Plan } from "../src/files/content/plan.ts";
import type { MemorySource, Source } from "../src/files/content/representation.ts";
import type { Resource } from "../src/files/content/resource.ts";
import { Slices } from "../src/files/slices/slices.ts";
import type { Target } from "../src/files/root/target.ts";
import { chooseCoding, type ContentCoding } from "../src/http/accept-encoding.ts";
import { parseHttpDate } from "../src/http/date.ts";
import { evaluatePreconditions } from "../src/http/preconditions.ts";
import { selectRange, type RangeSelection } from "../src/http/range.ts";
import { parseEntityTags } from "../src/http/validators.ts";
import type { StartResult } from "../src/server/start.ts";
import type { Handshake } from "../src/echo/handshake.ts";

type Kind<T extends { readonly kind: string }> = T["kind"];

// Expected outcomes are unions on `kind`; a new one has to be met wherever they are switched on.
expectTypeOf<Kind<ConfigResult>>().toEqualTypeOf<"run" | "help" | "version" | "usage-error">();
expectTypeOf<Kind<StartResult>>().toEqualTypeOf<"alone" | "failed">();
expectTypeOf<Kind<Target>>().toEqualTypeOf<"target" | "malformed" | "unservable">();
expectTypeOf<Kind<Entry>>().toEqualTypeOf<"file" | "directory" | "missing" | "forbidden">();
expectTypeOf<Kind<Source>>().toEqualTypeOf<"memory" | "passing" | "lease">();
expectTypeOf<Kind<Handshake>>().toEqualTypeOf<"accepted" | "refused">();
expectTypeOf<Kind<RangeSelection>>().toEqualTypeOf<
  "whole" | "single" | "multiple" | "unsatisfiable"
>();
expectTypeOf<Kind<Plan>>().toEqualTypeOf<
  "whole" | "part" | "parts" | "not-modified" | "precondition-failed" | "unsatisfiable"
>();

// Absent is `undefined`, and a choice that cannot be made is no exception.
expectTypeOf(parseHttpDate).returns.toEqualTypeOf<number | undefined>();
expectTypeOf(chooseCoding).returns.toEqualTypeOf<ContentCoding | undefined>();
expectTypeOf(parseEntityTags).returns.toEqualTypeOf<readonly string[] | "*" | undefined>();
expectTypeOf(selectRange).returns.toEqualTypeOf<RangeSelection>();
expectTypeOf(evaluatePreconditions).returns.toEqualTypeOf<
  "proceed" | "not-modified" | "precondition-failed"
>();

// Work of one slice is not awaited.
expectTypeOf(new Slices().run<number>).returns.toEqualTypeOf<number | Promise<number>>();

// A lease ends with its turn, so no cache takes a resource that may read through one.
expectTypeOf<Resource<MemorySource>>().toExtend<KeptResource>();
expectTypeOf<Resource>().not.toExtend<KeptResource>();
expectTypeOf<Parameters<ContentCache["set"]>[1]["resource"]>().toEqualTypeOf<KeptResource>();
