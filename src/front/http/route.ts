/**
 * A route is declared once: its paths, who may call it, what it takes and gives, and what it does. Routing, checking of
 * callers and input, the permission test and the contract document all come from this one declaration.
 */
import Type, { type Static, type TSchema } from 'typebox';
import type { Permission } from '../../auth/permissions.js';
import type { RefusalCode } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import type { Exchange } from '../exchange.js';
import { BODY_BYTES_MAX } from './request-body.js';
import type { RouteContext } from './route-context.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const TIMEOUT_MS = 30_000;

/** What a request wants to touch, by number from 1; 0 for an id that names nothing. */
export type Resource = { readonly user: number } | { readonly account: number };

/** What of a checked request names the resource. */
export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/**
 * Who may call. Everything else is refused: 9002 without a token, 9001 with a wrong one, 9006 without the permission or
 * for somebody else's resource.
 */
export type Access<P, Q, B> =
  | { readonly caller: 'public' }
  | { readonly caller: 'user' }
  | { readonly caller: 'permission'; readonly permission: Permission }
  | { readonly caller: 'admin' }
  | {
      /** The owner of the resource; an Admin passes for reads. */
      readonly caller: 'owner';
      /** What the owner's roles must grant too. */
      readonly permission?: Permission;
      /** Whoever has this permission passes without owning. */
      readonly orPermission?: Permission;
      /** Throws a Refusal (1006, 2104, 2110, 3001) for what does not exist. */
      readonly resource: (input: RouteInput<P, Q, B>, exchange: Exchange, caller: Caller) => Resource | Promise<Resource>;
    };

export interface RouteSpec<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> {
  /** Its row in the contract, such as U5. */
  readonly id: string;
  readonly method: Method;
  /** Parameters as `:name`. */
  readonly path: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly access: Access<Static<P>, Static<Q>, Static<B>>;
  /** Counts against the limit of its address, too: guesses and floods of strangers. */
  readonly limitedByAddress?: true;
  /** Answers while the exchange recovers or stops, when every other route gives 9005. */
  readonly alwaysServed?: true;
  /** Hands commands to the books: they carry where they came from. */
  readonly entersOrders?: true;
  /** A user_id in the body names the target. Otherwise it must equal the caller (rest.md 1). */
  readonly userIdIsTarget?: true;
  readonly params?: P;
  readonly query?: Q;
  /** Absent: a body is not read. */
  readonly body?: B;
  /** Books or submits something that must not happen twice: takes the header Idempotency-Key. */
  readonly takesIdempotencyKey?: true;
  /** Largest body; 64 KiB when absent. */
  readonly bodyBytesMax?: number;
  /** Without an answer for so long, 9005 is one; 30 s when absent. */
  readonly timeoutMs?: number;
  /** A body of type text/csv is taken for the text of this field. */
  readonly csvField?: string;
  /** Codes of its own; those that follow from the rest of its declaration (route-refusals.ts) are not named. */
  readonly refusals?: readonly RefusalCode[];
  /** Media type of the answer, when that is not the envelope; the schema is then that of the whole body. */
  readonly mediaType?: string;
  /** Statuses besides 200 of an answer that is no refusal. */
  readonly furtherStatuses?: readonly number[];
  /** Further media types that the answer may have. */
  readonly alsoAs?: readonly string[];
  /** The data of a successful answer, or the whole answer when it is a RawAnswer. */
  readonly response: R;
  handler(context: RouteContext<Static<P>, Static<Q>, Static<B>>): Static<R> | RawAnswer | DataText | Promise<Static<R> | RawAnswer>;
}

/** A route of any types: what the table holds. */
export interface Route {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly access: Access<unknown, unknown, unknown>;
  readonly limitedByAddress: boolean;
  readonly alwaysServed: boolean;
  readonly entersOrders: boolean;
  readonly userIdIsTarget: boolean;
  readonly params: TSchema;
  readonly query: TSchema;
  readonly body: TSchema | undefined;
  readonly bodyBytesMax: number;
  readonly timeoutMs: number;
  readonly csvField: string | undefined;
  readonly refusals: readonly RefusalCode[];
  readonly mediaType: string | undefined;
  readonly furtherStatuses: readonly number[];
  readonly alsoAs: readonly string[];
  readonly takesIdempotencyKey: boolean;
  readonly response: TSchema;
  readonly handler: (context: RouteContext<unknown, unknown, unknown>) => unknown;
}

/** An answer outside the envelope: health, metrics, files. */
export class RawAnswer {
  constructor(
    readonly status: number,
    readonly contentType: string,
    readonly body: string | Uint8Array,
    readonly headers: readonly (readonly [string, string])[] = [],
  ) {}
}

/** The data of an answer as JSON that is made already: an answer that is asked for often costs less so. */
export class DataText {
  constructor(readonly text: string) {}
}

const Nothing = Type.Object({});

/** Checks the types of a declaration against each other and gives them up for the table. */
export function route<
  R extends TSchema,
  P extends TSchema = typeof Nothing,
  Q extends TSchema = typeof Nothing,
  B extends TSchema = typeof Nothing,
>(spec: RouteSpec<P, Q, B, R>): Route {
  // a handler is called only with what its own schemas have accepted
  const erased = spec as unknown as Pick<Route, 'access' | 'handler'>;
  return {
    id: spec.id,
    method: spec.method,
    path: spec.path,
    aliases: spec.aliases ?? [],
    summary: spec.summary,
    access: erased.access,
    limitedByAddress: spec.limitedByAddress ?? false,
    alwaysServed: spec.alwaysServed ?? false,
    entersOrders: spec.entersOrders ?? false,
    userIdIsTarget: spec.userIdIsTarget ?? false,
    params: spec.params ?? Nothing,
    query: spec.query ?? Nothing,
    body: spec.body,
    bodyBytesMax: spec.bodyBytesMax ?? BODY_BYTES_MAX,
    timeoutMs: spec.timeoutMs ?? TIMEOUT_MS,
    csvField: spec.csvField,
    refusals: spec.refusals ?? [],
    mediaType: spec.mediaType,
    furtherStatuses: spec.furtherStatuses ?? [],
    alsoAs: spec.alsoAs ?? [],
    takesIdempotencyKey: spec.takesIdempotencyKey ?? false,
    response: spec.response,
    handler: (context) => erased.handler(context),
  };
}
