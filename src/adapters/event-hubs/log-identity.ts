import type { Clock } from '@vigil/clock';
import { producer, Sender } from '@vigil/hub-client';

/** What tells a log from another one under the same name: when it was made. */
export function logIdentity(hubName: string, createdOn: Date): string {
  return `${hubName} of ${createdOn.toISOString()}`;
}

export interface AskIdentity {
  readonly connectionString: string;
  readonly hubName: string;
  /** Shows in the hub's logs. */
  readonly identifier: string;
  readonly clock: Clock;
}

/** Asks a hub once which log it has; takes 15 s at most. @throws what the client throws */
export async function askIdentity({ connectionString, hubName, identifier, clock }: AskIdentity): Promise<string> {
  const sender = new Sender(() => producer(connectionString, hubName, identifier), clock);
  try {
    const { createdOn } = await sender.ask((p) => p.getEventHubProperties());
    return logIdentity(hubName, createdOn);
  } finally {
    void sender.close().catch(() => undefined);
  }
}
