/** The enumerations whose numbers frames carry, for clients: they see the wire and not the exchange behind it. */
export { Offset, OrderStatus, PriceType, Residual, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../core/enums.js';
