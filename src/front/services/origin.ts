/** Where a request came from: for the audit and the throttle, never for deciding what is allowed. */
export interface Origin {
  /** Text of an IP address. */
  readonly address: string;
  readonly userAgent: string;
}

/** Of what nobody sent. */
export const NOWHERE: Origin = { address: '', userAgent: '' };
