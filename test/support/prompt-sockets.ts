import { Socket } from 'node:net';

/**
 * Lets the sockets that a test file opens send each write at once. The client leaves Nagle's algorithm on, so that
 * each of its short frames waits up to 40 ms for the acknowledgement of the one before: a third of a second for every
 * client that a test makes. Clients in processes of their own are as they are.
 */
export function promptSockets(): void {
  const { connect } = Socket.prototype;
  beforeAll(() => {
    Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
      return (connect as (...given: unknown[]) => Socket).apply(this.setNoDelay(true), args);
    } as typeof connect;
  });
  afterAll(() => {
    Socket.prototype.connect = connect;
  });
}
