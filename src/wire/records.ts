/**
 * Rare events as whole frames: a header and one FlatBuffers table, padded to a multiple of 8. Strings are UTF-8; a lone
 * surrogate is written as U+FFFD, everything else comes back as it was.
 */
import { Builder, ByteBuffer, Encoding, type Offset } from 'flatbuffers';
import { FrameKind, Stamp, type RareEvents, type RareKind } from '../core/events.js';
import { markEndOfCommand, writeHeader } from './frame-header.js';
import { HEADER_BYTES, HeaderAt, frameViews } from './frame-layout.js';
import * as tables from './generated/records.js';

/** What the accessor of a field returns under Encoding.UTF8_BYTES; null is a string that a shorter table does not have. */
type Field = number | Uint8Array | null;

/** Of a plain field with the encoding, of a list with an index; and the length of a list without an argument. */
type Accessor = (at?: Encoding | number) => Field;

/** The object that flatc generates for a table: one property per field, named as in core. */
type Packable<E> = {
  [F in keyof E]: E[F] extends string ? string | Uint8Array | null : E[F] extends number[] ? number[] : number;
} & { pack(builder: Builder): Offset };

interface Codec<E> {
  readonly object: new () => Packable<E>;
  readonly open: (buffer: ByteBuffer) => object;
}

const codecs: { readonly [K in RareKind]: Codec<RareEvents[K]> } = {
  [FrameKind.VenueOpened]: {
    object: tables.VenueOpenedRecordT,
    open: (buffer) => tables.VenueOpenedRecord.getRootAsVenueOpenedRecord(buffer),
  },
  [FrameKind.UserRegistered]: {
    object: tables.UserRegisteredRecordT,
    open: (buffer) => tables.UserRegisteredRecord.getRootAsUserRegisteredRecord(buffer),
  },
  [FrameKind.AccountOpened]: {
    object: tables.AccountOpenedRecordT,
    open: (buffer) => tables.AccountOpenedRecord.getRootAsAccountOpenedRecord(buffer),
  },
  [FrameKind.InstrumentListed]: {
    object: tables.InstrumentListedRecordT,
    open: (buffer) => tables.InstrumentListedRecord.getRootAsInstrumentListedRecord(buffer),
  },
  [FrameKind.FundsMoved]: { object: tables.FundsMovedRecordT, open: (buffer) => tables.FundsMovedRecord.getRootAsFundsMovedRecord(buffer) },
  [FrameKind.TokenRevoked]: {
    object: tables.TokenRevokedRecordT,
    open: (buffer) => tables.TokenRevokedRecord.getRootAsTokenRevokedRecord(buffer),
  },
  [FrameKind.AuditRecorded]: {
    object: tables.AuditRecordedRecordT,
    open: (buffer) => tables.AuditRecordedRecord.getRootAsAuditRecordedRecord(buffer),
  },
  [FrameKind.InstrumentChanged]: {
    object: tables.InstrumentChangedRecordT,
    open: (buffer) => tables.InstrumentChangedRecord.getRootAsInstrumentChangedRecord(buffer),
  },
  [FrameKind.SettlementPriceSet]: {
    object: tables.SettlementPriceSetRecordT,
    open: (buffer) => tables.SettlementPriceSetRecord.getRootAsSettlementPriceSetRecord(buffer),
  },
  [FrameKind.DaySettled]: {
    object: tables.DaySettledRecordT,
    open: (buffer) => tables.DaySettledRecord.getRootAsDaySettledRecord(buffer),
  },
  [FrameKind.AccountStatusChanged]: {
    object: tables.AccountStatusChangedRecordT,
    open: (buffer) => tables.AccountStatusChangedRecord.getRootAsAccountStatusChangedRecord(buffer),
  },
  [FrameKind.AccountPasswordChanged]: {
    object: tables.AccountPasswordChangedRecordT,
    open: (buffer) => tables.AccountPasswordChangedRecord.getRootAsAccountPasswordChangedRecord(buffer),
  },
  [FrameKind.ConditionalPlaced]: {
    object: tables.ConditionalPlacedRecordT,
    open: (buffer) => tables.ConditionalPlacedRecord.getRootAsConditionalPlacedRecord(buffer),
  },
  [FrameKind.ConditionalEnded]: {
    object: tables.ConditionalEndedRecordT,
    open: (buffer) => tables.ConditionalEndedRecord.getRootAsConditionalEndedRecord(buffer),
  },
  [FrameKind.LiquidationChanged]: {
    object: tables.LiquidationChangedRecordT,
    open: (buffer) => tables.LiquidationChangedRecord.getRootAsLiquidationChangedRecord(buffer),
  },
  [FrameKind.RiskLimitsChanged]: {
    object: tables.RiskLimitsChangedRecordT,
    open: (buffer) => tables.RiskLimitsChangedRecord.getRootAsRiskLimitsChangedRecord(buffer),
  },
  [FrameKind.RatesPlanned]: {
    object: tables.InstrumentChangedRecordT,
    open: (buffer) => tables.InstrumentChangedRecord.getRootAsInstrumentChangedRecord(buffer),
  },
  [FrameKind.UserRolesChanged]: {
    object: tables.UserRolesChangedRecordT,
    open: (buffer) => tables.UserRolesChangedRecord.getRootAsUserRolesChangedRecord(buffer),
  },
  [FrameKind.UserStatusChanged]: {
    object: tables.UserStatusChangedRecordT,
    open: (buffer) => tables.UserStatusChangedRecord.getRootAsUserStatusChangedRecord(buffer),
  },
  [FrameKind.UserPasswordChanged]: {
    object: tables.UserPasswordChangedRecordT,
    open: (buffer) => tables.UserPasswordChangedRecord.getRootAsUserPasswordChangedRecord(buffer),
  },
  [FrameKind.AnnouncementPublished]: {
    object: tables.AnnouncementPublishedRecordT,
    open: (buffer) => tables.AnnouncementPublishedRecord.getRootAsAnnouncementPublishedRecord(buffer),
  },
  [FrameKind.AnnouncementWithdrawn]: {
    object: tables.AnnouncementWithdrawnRecordT,
    open: (buffer) => tables.AnnouncementWithdrawnRecord.getRootAsAnnouncementWithdrawnRecord(buffer),
  },
  [FrameKind.OriginNoted]: {
    object: tables.OriginNotedRecordT,
    open: (buffer) => tables.OriginNotedRecord.getRootAsOriginNotedRecord(buffer),
  },
};

const builder = new Builder(1024);
/** A mark of byte order at the beginning is part of the text. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function isRareKind(kind: number): kind is RareKind {
  return Object.hasOwn(codecs, kind);
}

/**
 * The whole frame, ready to be copied into a ring or the log: a command of its own, so the end-of-command flag is set.
 * Source, time and sequence come from `stamp`.
 */
export function encodeRecord<K extends RareKind>(kind: K, event: RareEvents[K], stamp = new Stamp()): Uint8Array {
  const codec: Codec<RareEvents[K]> = codecs[kind];
  builder.clear();
  builder.finish(Object.assign(new codec.object(), event).pack(builder));
  const table = builder.asUint8Array();
  const frame = new Uint8Array((HEADER_BYTES + table.length + 7) & ~7);
  const views = frameViews(frame);
  writeHeader(views, 0, frame.length, kind, stamp);
  markEndOfCommand(views, 0);
  frame.set(table, HEADER_BYTES);
  return frame;
}

/** The event in the frame that begins at byte `offset`. */
export function decodeRecord<K extends RareKind>(kind: K, bytes: Uint8Array, offset: number): RareEvents[K] {
  const end = offset + new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(HeaderAt.length, true);
  // Copied out of the ring: a text decoder need not accept shared memory.
  const codec: Codec<RareEvents[K]> = codecs[kind];
  const table = codec.open(new ByteBuffer(bytes.slice(offset + HEADER_BYTES, end))) as Record<string, Accessor>;
  const event: Record<string, number | string | number[]> = {};
  for (const [field, empty] of Object.entries(new codec.object())) {
    if (Array.isArray(empty)) {
      event[field] = Array.from({ length: table[`${field}Length`]() as number }, (_, index) => table[field](index) as number);
      continue;
    }
    const value = table[field](Encoding.UTF8_BYTES);
    if (value === null) event[field] = '';
    else event[field] = typeof value === 'number' ? value : utf8.decode(value);
  }
  return event as unknown as RareEvents[K];
}
