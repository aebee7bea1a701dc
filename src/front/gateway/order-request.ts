/**
 * One decoded order, whatever protocol it came by. Sessions reuse an instance; the gateway copies what it keeps.
 * Names are already numbers; what could not be understood is marked so that the gateway refuses it in its turn.
 */
import { PriceType, Residual, SelfTradeMode, VolumeCondition } from '../../core/enums.js';

/** timeCondition of a request that does not name one. */
export const DEFAULT_TIME_CONDITION = -2;

export class OrderRequest {
  /** Numbers from 1; 0 when the id names nothing. */
  account = 0;
  instrument = 0;
  /** -1 for a name that does not exist, here and below. */
  side = -1;
  offset = -1;
  priceType: number = PriceType.LIMIT;
  timeCondition = DEFAULT_TIME_CONDITION;
  volumeCondition: number = VolumeCondition.ANY;
  /** 1/10000; 0 when absent, not a whole number when the price has more than four decimals. */
  price = 0;
  /** As sent: may be fractional or negative. */
  volume = 0;
  minVolume = 0;
  /** yyyymmdd or 0 */
  gtdDate = 0;
  clientOrderId = '';
  residual: number = Residual.CANCEL;
  selfTradeMode: number = SelfTradeMode.REJECT;
  /** 0 or 1 */
  postOnly = 0;
  /** 0 when absent; as sent otherwise, -1 for a given 0. */
  maxSlippageTicks = 0;

  reset(): void {
    this.account = 0;
    this.instrument = 0;
    this.side = -1;
    this.offset = -1;
    this.priceType = PriceType.LIMIT;
    this.timeCondition = DEFAULT_TIME_CONDITION;
    this.volumeCondition = VolumeCondition.ANY;
    this.price = 0;
    this.volume = 0;
    this.minVolume = 0;
    this.gtdDate = 0;
    this.clientOrderId = '';
    this.residual = Residual.CANCEL;
    this.selfTradeMode = SelfTradeMode.REJECT;
    this.postOnly = 0;
    this.maxSlippageTicks = 0;
  }
}
