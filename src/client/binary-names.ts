/** Numbers of the binary protocol by name (schemas/session.fbs). */
export { Offset, OrderStatus, PriceType, Residual, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../wire/session-enums.js';
export { Channel } from '../wire/market/channels.js';
export { BINARY_SUBPROTOCOL, BOTH_SIDES, NoticeEvent, SessionKind, USUAL_TIME_CONDITION } from '../wire/session-layout.js';
