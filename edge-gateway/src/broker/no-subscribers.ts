import { Readable } from 'node:stream';

/**
 * What aedes needs of a persistence, for a broker to which nobody may subscribe: there is no one to keep a message,
 * subscription or session for. Observations live on the spool; wills are kept by aedes in the client itself.
 */
export class NoSubscribers {
  // aedes insists on an async function here.
  async setup(): Promise<void> {
    return undefined;
  }

  storeRetained = nothing;
  addSubscriptions = nothing;
  removeSubscriptions = nothing;
  subscriptionsByClient = none;
  subscriptionsByTopic = none;
  cleanSubscriptions = nothing;
  outgoingEnqueue = nothing;
  outgoingEnqueueCombi = nothing;
  outgoingUpdate = nothing;
  outgoingClearMessageId = nothing;
  incomingStorePacket = nothing;
  incomingGetPacket = absent;
  incomingDelPacket = nothing;
  cleanIncoming = nothing;
  putWill = nothing;
  getWill = nothing;
  delWill = nothing;
  outgoingStream = empty;
  streamWill = empty;
}

/** A message bus without listeners. */
export const SILENT_BUS = {
  on: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  removeListener: (_topic: string, _listener: unknown, done?: () => void): void => done?.(),
  emit: (_packet: unknown, done?: () => void): void => done?.(),
  close: (done?: () => void): void => done?.(),
};

async function nothing(): Promise<void> {
  return undefined;
}

async function none(): Promise<never[]> {
  return [];
}

async function absent(): Promise<never> {
  throw new Error('no such packet');
}

function empty(): Readable {
  return Readable.from([]);
}
