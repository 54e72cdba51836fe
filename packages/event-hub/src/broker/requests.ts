import { checkMessage } from '../wire/frame-check.js';
import { WireError } from '../wire/wire-error.js';
import { type Connection, decodeMessage, type Link, type Message, type Sender, type SentDelivery, types } from './amqp.js';

/** The answer to a request on `$cbs` or `$management`. */
export interface Answer {
  /** As in HTTP; clients take 200 to 299 for success. */
  readonly status: number;
  readonly description: string;
  readonly condition?: string;
  readonly body?: unknown;
}

/** Reads a request; null when the bytes are no message as AMQP has it. */
export function readRequest(bytes: Buffer): Message | null {
  try {
    checkMessage(bytes);
    return decodeMessage(bytes);
  } catch (e) {
    if (e instanceof WireError) return null;
    throw e;
  }
}

/** A request's property when it is text. */
export function textOf(request: Message, name: string): string | null {
  const value = request.application_properties?.[name];
  return typeof value === 'string' ? value : null;
}

/**
 * Sends an answer back. Clients name the way differently: by the target address of their receiver, by its link name,
 * or not at all, which means the receiver on the same session and node. Returns false when there is no way back.
 */
export function reply(connection: Connection, request: Message, requestLink: Link, node: string, answer: Answer): boolean {
  const sender = findReplySender(connection, request.reply_to, requestLink, node);
  if (sender === undefined) return false;
  const condition = answer.condition === undefined ? {} : { 'error-condition': types.wrap_symbol(answer.condition) };
  const delivery = sender.send({
    // The id keeps its type: text, number or uuid.
    correlation_id: request.message_id,
    application_properties: {
      'status-code': types.wrap_int(answer.status),
      'status-description': answer.description,
      ...condition,
    },
    body: answer.body ?? null,
  });
  forgetOnceSent(sender, delivery);
  return true;
}

/**
 * Nothing depends on whether an answer was taken. One that waits to be settled would keep its place in the session, and
 * the library finds deliveries by counting from the oldest: events, which go past it, leave gaps that it would miscount.
 */
function forgetOnceSent({ session: { outgoing } }: Sender, delivery: SentDelivery): void {
  if (!delivery.settled) Object.defineProperty(delivery, 'settled', { get: () => outgoing.next_pending_delivery > delivery.id });
  delivery.remote_settled = true;
}

function findReplySender(
  connection: Connection,
  replyTo: string | undefined,
  requestLink: Link,
  node: string,
): Sender | undefined {
  const isOurs = (link: Link): boolean => !link.is_receiver() && link.is_open() && link.remote.attach?.source?.address === node;
  const found =
    replyTo === undefined
      ? connection.find_link((link) => isOurs(link) && link.session === requestLink.session)
      : (connection.find_link((link) => isOurs(link) && link.remote.attach?.target?.address === replyTo) ??
        connection.find_link((link) => isOurs(link) && link.name === replyTo));
  return found as Sender | undefined;
}
