import type { CareUnitDelta } from '@vigil/contracts';
import type { z } from 'zod';
import type { Channel } from '../model/liveness.js';
import { alarmName, bounded, isAlarmId, type Sifted, type Unreadable } from '../model/sift.js';
import { Signal } from '../model/signal.js';
import type { LiveChannel } from './channel.js';

/**
 * Hears the messages of the live channel and checks each against the contract. A message whose frame can't be read is asked for
 * anew. Of one alarm, bed or value that can't be read the others are not hidden: it is named, as long as that is so.
 */
export class Reader {
  readonly unreadable = new Signal<Unreadable>(new Map());

  constructor(
    private readonly channelOf: (name: Channel) => LiveChannel,
    /** This page or the server is of another version. */
    private readonly unlike: () => void,
  ) {}

  on<T>(name: Channel, event: string, schema: z.ZodType<T>, handle: (message: T) => void): void {
    this.channelOf(name).socket.on(event, (raw: unknown) => {
      const parsed = schema.safeParse(raw);
      const known = parsed.success ? null : alarmName(raw);
      if (parsed.success) handle(parsed.data);
      else if (event === 'alarm.event' && known) this.unreadable.set(bounded(new Map([...this.unreadable.get(), known])));
      else this.notUnderstood(name);
    });
  }

  /** For what the picture can do without: a message that can't be read is as one that did not come. */
  onExtra<T>(name: Channel, event: string, schema: z.ZodType<T>, handle: (message: T) => void): void {
    this.channelOf(name).socket.on(event, (raw: unknown) => {
      const parsed = schema.safeParse(raw);
      if (parsed.success) handle(parsed.data);
    });
  }

  onSifted<T>(name: Channel, event: string, sift: (raw: unknown) => Sifted<T>, handle: (message: T) => void): void {
    this.channelOf(name).socket.on(event, (raw: unknown) => {
      const { message, bad } = sift(raw);
      if (!message) return this.notUnderstood(name);
      const before = this.unreadable.get();
      /* A snapshot is the whole of its channel; a delta only says what it says. */
      const kept = event === 'careUnit.delta' ? before : [...before].filter(([id]) => (name === 'alarms') !== isAlarmId(id));
      const next = new Map([...kept, ...bad]);
      for (const id of readAgain(message)) if (!bad.has(id)) next.delete(id);
      if (next.size + before.size > 0) this.unreadable.set(bounded(next));
      return handle(message);
    });
  }

  /** This one was read. */
  readAlarm(alarmId: string): void {
    if (!this.unreadable.get().has(alarmId)) return;
    this.unreadable.set(new Map([...this.unreadable.get()].filter(([id]) => id !== alarmId)));
  }

  private notUnderstood(name: Channel): void {
    this.unlike();
    this.channelOf(name).resync();
  }
}

/** The values of a message, as they are named where they can't be read. */
function* readAgain(message: unknown): Iterable<string> {
  const { beds } = message as Partial<CareUnitDelta>;
  for (const { bedId, readings } of beds ?? []) for (const { metric } of readings) yield `${bedId}/${metric}`;
}
