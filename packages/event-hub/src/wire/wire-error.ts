/** Bytes from a client that are not what AMQP 1.0 says they should be. Bad input: it is refused, nothing stops. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
