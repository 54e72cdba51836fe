import {
  EventHubBufferedProducerClient,
  EventHubProducerClient,
  type OnSendEventsErrorContext,
  type OnSendEventsSuccessContext,
  RetryMode,
} from '@azure/event-hubs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './event-hub-ledger.js';

const HUB = 'vigil';
const PARTITIONS = 8;
const BATCH = 20;
const KEYS = 50;
/** Bodies of 50 to 1,050 bytes, so that records have all sizes. */
const PAD_MAX = 1_000;
const WAIT_MS = 20;
const BUFFERED_WAIT_MS = 100;
/** Short, so that a producer is back soon after the hub. */
const PLAIN = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500, timeoutInMs: 3_000 };
/** Longer than the hub is away, if the machine is not too busy. */
export const PATIENT = { mode: RetryMode.Fixed, maxRetries: 40, retryDelayInMs: 250, maxRetryDelayInMs: 250, timeoutInMs: 5_000 };

export interface LoadOptions {
  readonly connection: string;
  readonly ledger: Ledger;
  readonly random: () => number;
}

interface Body {
  readonly id: number;
  readonly pad: string;
}

/** Of the error itself or of the first that it wraps. */
function textOf(error: Error): string {
  const { code, errors, message } = error as Error & { readonly code?: string; readonly errors?: readonly Error[] };
  return errors?.[0] === undefined ? `${code ?? error.name}: ${message}` : textOf(errors[0]);
}

/** Official clients that send on and on: to partitions, by key, and buffered with idempotent retries. */
export class HubLoad {
  private isStopping = false;
  private readonly lanes: Promise<void>[];
  private readonly plain: EventHubProducerClient;
  private buffered: EventHubBufferedProducerClient;
  /** Sends that failed for good; what they held may be on the log or not. */
  failed = 0;
  /** Why sends of idempotent producers failed for good. */
  readonly idempotentErrors: string[] = [];

  constructor(private readonly options: LoadOptions) {
    const { connection } = options;
    this.plain = new EventHubProducerClient(connection, HUB, { retryOptions: PLAIN });
    this.buffered = this.newBuffered();
    this.lanes = [this.send('partition'), this.send('partition'), this.send('key'), this.buffer()];
  }

  /** Sends no more and waits for what is under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(this.lanes);
    await this.buffered.close({ flush: true });
    await this.plain.close();
  }

  private bodies(ids: readonly number[]): { body: Body }[] {
    const { random } = this.options;
    return ids.map((id) => ({ body: { id, pad: 'x'.repeat(Math.floor(random() * PAD_MAX)) } }));
  }

  private async send(way: 'partition' | 'key'): Promise<void> {
    const { ledger, random } = this.options;
    while (!this.isStopping) {
      const ids = ledger.take(way, BATCH);
      const place =
        way === 'key'
          ? { partitionKey: `bed-${Math.floor(random() * KEYS)}` }
          : { partitionId: String(Math.floor(random() * PARTITIONS)) };
      try {
        await this.plain.sendBatch(this.bodies(ids), place);
        ledger.acknowledge(ids);
      } catch {
        this.failed++;
      }
      await sleep(random() * WAIT_MS);
    }
  }

  /** An idempotent producer that has given up on a send does not know where it stands: a new one takes its place. */
  private async buffer(): Promise<void> {
    const { ledger, random } = this.options;
    let errors = 0;
    while (!this.isStopping) {
      if (this.idempotentErrors.length > errors) {
        errors = this.idempotentErrors.length;
        await this.buffered.close({ flush: false }).catch(() => undefined);
        this.buffered = this.newBuffered();
      }
      const place = { partitionId: String(Math.floor(random() * PARTITIONS)) };
      await this.buffered.enqueueEvents(this.bodies(ledger.take('idempotent', BATCH)), place);
      await sleep(random() * WAIT_MS);
    }
  }

  private newBuffered(): EventHubBufferedProducerClient {
    return new EventHubBufferedProducerClient(this.options.connection, HUB, {
      ...{ enableIdempotentRetries: true, retryOptions: PATIENT, maxWaitTimeInMs: BUFFERED_WAIT_MS },
      onSendEventsSuccessHandler: ({ events }: OnSendEventsSuccessContext) => {
        this.options.ledger.acknowledge(events.map((event) => (event.body as Body).id));
      },
      onSendEventsErrorHandler: ({ error }: OnSendEventsErrorContext) => {
        this.idempotentErrors.push(textOf(error));
      },
    });
  }
}
