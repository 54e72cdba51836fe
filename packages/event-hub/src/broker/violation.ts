/**
 * A peer that breaks the rules of AMQP or a limit of this hub. Its connection ends with `condition`; nobody else's does.
 *
 * The AMQP library knows errors of its own by this name, and passes them on.
 */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly condition: string,
    message: string,
  ) {
    super(message);
  }
}

export const VIOLATION = {
  framing: 'amqp:connection:framing-error',
  decode: 'amqp:decode-error',
  invalidField: 'amqp:invalid-field',
  notAllowed: 'amqp:not-allowed',
  limit: 'amqp:resource-limit-exceeded',
  handleInUse: 'amqp:session:handle-in-use',
  unattached: 'amqp:session:unattached-handle',
  transferLimit: 'amqp:link:transfer-limit-exceeded',
  tooLarge: 'amqp:link:message-size-exceeded',
} as const;
