/** What the front asks of the market worker; answers come through the ring, or as a message for queries. */
import type { Form } from './market-layout.js';

export type MarketRequest =
  /** What all subscribers of an instrument that want events in one form want together; channels 0 for nothing. */
  | { type: 'interest'; instrument: number; form: Form; channels: number; depths: readonly number[] }
  /** The book as it is now, as a frame with the token. */
  | { type: 'picture'; instrument: number; form: Form; depth: number; token: number }
  /** Prints (period -1) or bars that the store does not have yet, the forming one too, as a message with the id. */
  | RecentRequest
  /** The newest state of other channels, for a subscriber that has just come: frames with the token. */
  | { type: 'current'; instrument: number; form: Form; channels: number; token: number };

export interface RecentRequest {
  type: 'recent';
  instrument: number;
  period: number;
  id: number;
}
