/**
 * The JSON objects of the public interfaces, as far as this client reads them. Money and prices are decimal numbers,
 * volumes lots, times milliseconds since the epoch.
 */
export type Direction = 'BUY' | 'SELL';
export type OrderOffset = 'OPEN' | 'CLOSE' | 'CLOSETODAY' | 'CLOSEYESTERDAY';
export type OrderType = 'LIMIT' | 'MARKET';
export type OrderStatus = 'PendingRisk' | 'PendingRoute' | 'Submitted' | 'PartiallyFilled' | 'Filled' | 'Cancelled' | 'Rejected';

/** An order to submit, over HTTP or a socket. */
export interface OrderRequest {
  account_id: string;
  instrument_id: string;
  direction: Direction;
  offset: OrderOffset;
  volume: number;
  /** Left out for a market order. */
  price?: number;
  order_type: OrderType;
  time_condition?: 'IOC' | 'GFD';
  volume_condition?: 'ANY' | 'MIN' | 'ALL';
  client_order_id?: string;
}

export interface Account {
  account_id: string;
  user_id: string;
  account_name: string;
  account_type: string;
  balance: number;
  available: number;
  withdrawable: number;
  frozen: number;
  margin: number;
  frozen_margin: number;
  frozen_commission: number;
  profit: number;
  position_profit: number;
  risk_ratio: number;
  status: string;
}

export interface Order {
  order_id: string;
  client_order_id?: string;
  account_id: string;
  instrument_id: string;
  direction: Direction;
  offset: OrderOffset;
  order_type: string;
  volume: number;
  price: number;
  filled_volume: number;
  remaining_volume: number;
  status: OrderStatus;
  reject_code?: number;
}

export interface Position {
  account_id: string;
  instrument_id: string;
  volume_long: number;
  volume_short: number;
  volume_long_today: number;
  volume_short_today: number;
  cost_long: number;
  cost_short: number;
  profit_long: number;
  profit_short: number;
  margin_long: number;
  margin_short: number;
  last_price: number;
}

export interface UserTrade {
  trade_id: string;
  order_id: string;
  account_id: string;
  instrument_id: string;
  direction: Direction;
  offset: OrderOffset;
  is_taker: boolean;
  price: number;
  volume: number;
  commission: number;
}

export interface Instrument {
  instrument_id: string;
  exchange: string;
  contract_multiplier: number;
  price_tick: number;
  margin_rate: number;
  commission_rate: number;
  status: string;
  pre_settlement: number;
  upper_limit: number;
  lower_limit: number;
}

export interface OrderBook {
  instrument_id: string;
  bids: { price: number; volume: number; order_count: number }[];
  asks: { price: number; volume: number; order_count: number }[];
  last_price?: number;
}

export interface Login {
  user_id: string;
  username: string;
  token: string;
  /** Milliseconds since the epoch. */
  expires_at: number;
  roles: string[];
  is_admin: boolean;
}

export interface Registration {
  user_id: string;
  username: string;
  /** The account that every user has from the beginning. */
  account_id: string;
}

/** Answer to `submit_order` and `cancel_order`. */
export interface OrderResponse {
  type: 'order_response';
  request_id?: string;
  success: boolean;
  order_id: string | null;
  status?: OrderStatus;
  action?: 'submit' | 'cancel';
  client_order_id?: string;
  error_code: number | null;
  error_message: string | null;
}

/** Anything that the exchange says over a socket. */
export interface ServerMessage {
  type: string;
  request_id?: string;
  [field: string]: unknown;
}
