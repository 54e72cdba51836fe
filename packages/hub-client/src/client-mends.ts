import type { EventHubConsumerClient, EventHubProducerClient, RetryOptions, SubscriptionEventHandlers } from '@azure/event-hubs';

/**
 * The parts of the client (@azure/event-hubs 6.0.4) that are reached into. There is no public way in; a client that is
 * built otherwise is left as it is, and the tests of these mends fail.
 */
interface Inside {
  readonly _context?: {
    readonly managementSession?: {
      getEventHubProperties(options?: { readonly retryOptions?: RetryOptions }): Promise<unknown>;
    };
    readonly connection: Connection;
    readonly wasConnectionCloseCalled?: boolean;
    refreshConnection?(): void;
  };
}

interface Connection {
  createReceiver(options: unknown): Promise<CreditedLink>;
  createAwaitableSender(options: unknown): Promise<AddressedLink>;
}

/** A link of rhea-promise that sends. */
export interface AddressedLink {
  readonly address: string;
}

/** A link of rhea-promise. */
export interface CreditedLink {
  readonly credit: number;
  addCredit(credit: number): void;
}

/**
 * The loop that starts stopped partitions first asks the hub how many there are, and the client asks without the retry
 * options it was given: three retries, 30 s apart. A hub that is away at that moment would leave its partitions, and
 * their alarms, unread for 30 to 90 s after it is back.
 *
 * It also asks over the connection that the events come by, where the answer stands in line behind all that is prefetched: a
 * reader that is far behind gets none in time (every 12 s `away`, at 800 events a second), and no partition that stopped is
 * started again until it has caught up. Whoever has another connection to the hub asks there.
 *
 * @param onTurn called each time the loop asks, which is its sign of life
 * @param elsewhere asks the same over another connection, within a time of its own
 */
export function shortenLoop(
  client: EventHubConsumerClient,
  retryOptions: Readonly<RetryOptions>,
  {
    onTurn,
    elsewhere,
  }: { readonly onTurn?: (() => void) | undefined; readonly elsewhere?: (() => Promise<unknown>) | undefined } = {},
): void {
  const session = (client as unknown as Inside)._context?.managementSession;
  if (session === undefined) return;
  const ask = session.getEventHubProperties.bind(session);
  session.getEventHubProperties = (options = {}) => {
    onTurn?.();
    return elsewhere?.() ?? ask({ retryOptions: { ...retryOptions }, ...options });
  };
}

/**
 * The client grants a whole prefetch of credit each time it asks for a batch, whatever credit is still open
 * (azure-sdk-for-js #39452). With 30 events a second on one partition that is 30,000 credits a second: what a hub may
 * send at once has no bound, and after one or two days the number no longer fits its field, which is an uncaught
 * exception and the end of the process. Here each grant is what is missing from one prefetch.
 */
export function boundCredit(client: EventHubConsumerClient): void {
  onEachConnection(client, (connection) => {
    const create = connection.createReceiver.bind(connection);
    connection.createReceiver = async (options) => topUp(await create(options));
  });
}

/**
 * A send that is not answered in time says so with the address of its link. rhea-promise 3.0.3 asks the link's remote
 * end for it, and where that is gone the timer throws: an uncaught exception, which ends the process, instead of a
 * failed send, which is tried again. Here the address of a sender stays what it was when the hub attached it.
 */
export function keepAddresses(client: EventHubProducerClient): void {
  onEachConnection(client, (connection) => {
    const create = connection.createAwaitableSender.bind(connection);
    connection.createAwaitableSender = async (options) => withAddress(await create(options));
  });
}

/** What a pump of a closed client gets: not retryable, so that the pump ends. */
class ClientClosed extends Error {
  override readonly name = 'ClientClosed';
  readonly retryable = false;
}

/**
 * A pump that outlives its client (one that is made while the subscription closes, or a subscription that is made while the
 * client does) is answered with an empty batch at once, for ever: its loop never lets go of the thread, so that the process
 * neither reads nor says anything any more, and grows. Here such a batch ends the pump.
 */
export function endPumpsOfClosed(client: EventHubConsumerClient): void {
  const context = (client as unknown as Inside)._context;
  if (context === undefined) return;
  const subscribe = client.subscribe.bind(client) as (...args: unknown[]) => ReturnType<EventHubConsumerClient['subscribe']>;
  const guarded = (handlers: SubscriptionEventHandlers): SubscriptionEventHandlers => ({
    ...handlers,
    processEvents: async (events, of) => {
      if (events.length === 0 && context.wasConnectionCloseCalled === true) throw new ClientClosed('the client is closed');
      await handlers.processEvents(events, of);
    },
  });
  client.subscribe = ((...args: unknown[]) =>
    subscribe(...args.map((arg) => (isHandlers(arg) ? guarded(arg) : arg)))) as EventHubConsumerClient['subscribe'];
}

function isHandlers(arg: unknown): arg is SubscriptionEventHandlers {
  return typeof arg === 'object' && arg !== null && 'processEvents' in arg;
}

/** Mends the client's connection of now, and each that replaces it after a disconnect. */
function onEachConnection(client: EventHubConsumerClient | EventHubProducerClient, mend: (connection: Connection) => void): void {
  const context = (client as unknown as Inside)._context;
  const refresh = context?.refreshConnection;
  if (context === undefined || refresh === undefined) return;
  mend(context.connection);
  context.refreshConnection = () => {
    refresh.call(context);
    mend(context.connection);
  };
}

/** Reads the address of the link once, while there is one. */
export function withAddress<Link extends AddressedLink>(link: Link): Link {
  let address = '';
  try {
    ({ address } = link);
  } catch {
    // The hub has ended the link already; there is no address to keep.
  }
  return Object.defineProperty(link, 'address', { value: address });
}

/** Makes `addCredit(n)` mean: up to n open, no matter how much already is. */
export function topUp<Link extends CreditedLink>(link: Link): Link {
  const add = link.addCredit.bind(link);
  link.addCredit = (wanted) => {
    const missing = wanted - link.credit;
    if (missing > 0) add(missing);
  };
  return link;
}
