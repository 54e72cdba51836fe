import type { ReceivedEventData } from '@azure/event-hubs';
import { type ReadLogEvent, readLogEvent } from '@vigil/contracts';
import type { Located, Malformed } from '../../ports/event-log.js';

/**
 * Events of one partition that are kept after they were checked. The groups of a process read the same log within
 * milliseconds of each other, and to make out and check an event costs more than all that is done with it afterwards.
 */
const KEPT_MAX = 1_024;

type Received = Pick<ReceivedEventData, 'body' | 'offset' | 'sequenceNumber' | 'enqueuedTimeUtc'>;

interface Kept {
  readonly offset: string;
  readonly enqueuedMs: number;
  readonly read: ReadLogEvent;
}

/**
 * Turns what the client received into events, each made out and checked once for all readers of a process. They share it: nobody
 * changes one.
 */
export class DecodedEvents {
  private readonly partitions = new Map<number, Map<number, Kept>>();

  read(events: readonly Received[], partition: number): { located: Located[]; malformed: Malformed[] } {
    const located: Located[] = [];
    const malformed: Malformed[] = [];
    for (const received of events) {
      const hubAtMs = received.enqueuedTimeUtc.getTime();
      const read = this.one(received, partition, hubAtMs);
      const at = { offset: received.offset, sequence: received.sequenceNumber, hubAtMs };
      if ('event' in read) located.push({ event: read.event, partition, ...at });
      else malformed.push({ ...read.unreadable, ...at, body: contentOf(received.body) });
    }
    return { located, malformed };
  }

  private one({ body, offset, sequenceNumber }: Received, partition: number, enqueuedMs: number): ReadLogEvent {
    let kept = this.partitions.get(partition);
    if (kept === undefined) this.partitions.set(partition, (kept = new Map<number, Kept>()));
    const known = kept.get(sequenceNumber);
    // A log that was made anew counts from the beginning again.
    if (known !== undefined && known.offset === offset && known.enqueuedMs === enqueuedMs) return known.read;
    const read = readLogEvent(contentOf(body));
    kept.delete(sequenceNumber);
    kept.set(sequenceNumber, { offset, enqueuedMs, read });
    if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!);
    return read;
  }
}

/** The JSON value of bytes, as the client itself would read it; bytes that are none stay bytes. */
function contentOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array)) return body;
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown;
  } catch {
    return body;
  }
}
