/** The form of a client message; over sockets every wrong or missing field is a 9003 (websocket.md 1). */
import type { Static, TSchema } from 'typebox';
import { Refusal } from '../../../core/refusal.js';
import { InputValidator } from '../../decode/validator.js';
import type { Fields } from './context.js';

export class MessageShape<S extends TSchema> {
  private readonly validator: InputValidator<S>;

  constructor(schema: S) {
    this.validator = new InputValidator(schema);
  }

  /** The message, when it has the form of the schema; throws 9003 naming the fields that do not. */
  parse(fields: Fields): Static<S> {
    try {
      return this.validator.parse(fields);
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(9003, error.details) : error;
    }
  }
}
