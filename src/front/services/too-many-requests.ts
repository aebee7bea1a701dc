import { Refusal } from '../../core/refusal.js';

/** 9004 with the time after which another try makes sense. */
export class TooManyRequests extends Refusal {
  constructor(readonly retryAfterSeconds: number) {
    super(9004);
  }
}
