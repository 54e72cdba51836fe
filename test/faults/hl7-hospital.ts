import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hl7Message } from '@medplum/core';
import { Hl7Client } from '@medplum/hl7';

/** HL7 name of the hospital (MSH-4), and its authority for record numbers (PID-3.4). */
export const FACILITY = 'H';
export const AUTHORITY = 'HOSP';
const RETRY_MS = 20;

/** A message that was given to a sender, and what it heard. */
export interface Sent {
  /** Of its bytes: names the same message in the platform's store. */
  readonly sha256: string;
  readonly mrn: string;
  readonly event: string;
  /** MSA-1 of each answer. More than one try is a resend. */
  readonly answers: string[];
  tries: number;
}

/**
 * One interface engine of the hospital, by a library that somebody else has written: sends one message at a time and sends it again, the
 * same bytes, until it hears an answer. Its patients come one after the other, each into the first of its two beds, to the second,
 * back, get another name, and leave. It is its own ledger.
 */
export class Hl7Engine {
  readonly sent: Sent[] = [];
  private client: Hl7Client | null = null;
  private isEnding = false;
  private running: Promise<void> = Promise.resolve();
  private patient = 0;
  private step = 0;

  constructor(
    private readonly of: {
      readonly port: number;
      readonly name: string;
      readonly beds: readonly [string, string];
      readonly nowMs: () => number;
      /** Wall time between two messages. */
      readonly pauseMs: number;
    },
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Resolves once the message in work has its answer. */
  async stop(): Promise<void> {
    this.isEnding = true;
    await this.running;
    await this.client?.close();
  }

  get acknowledged(): readonly Sent[] {
    return this.sent.filter(({ answers }) => answers.includes('AA'));
  }

  /** Given to a connection, and without an answer. */
  get unanswered(): readonly Sent[] {
    return this.sent.filter(({ answers, tries }) => answers.length === 0 && tries > 0);
  }

  /** Who lies in its beds when all it has sent is done. */
  get places(): Readonly<Record<string, string | null>> {
    const [first, second] = this.of.beds;
    const last = this.sent.at(-1);
    const at = last === undefined || last.event === 'A03' ? null : last.event === 'A02' && this.step === 2 ? second : first;
    return { [first]: at === first ? last!.mrn : null, [second]: at === second ? last!.mrn : null };
  }

  private async run(): Promise<void> {
    while (!this.isEnding) {
      const message = this.next();
      const sha256 = createHash('sha256').update(message.toString()).digest('hex');
      const mrn = `K${this.of.name}-${this.patient}`;
      const sent: Sent = { sha256, mrn, event: message.header.getComponent(9, 2), answers: [], tries: 0 };
      this.sent.push(sent);
      while (sent.answers.length === 0) {
        const code = await this.try(message, sent);
        if (code === null) await sleep(RETRY_MS);
        else sent.answers.push(code);
      }
      await sleep(this.of.pauseMs);
    }
  }

  /** MSA-1; null where the connection could not be had, or ended before an answer. */
  private async try(message: Hl7Message, sent: Sent): Promise<string | null> {
    const client = (this.client ??= new Hl7Client({ host: '127.0.0.1', port: this.of.port }));
    try {
      const connection = await client.connect();
      const closed = new Promise<null>((resolve) => connection.addEventListener('close', () => resolve(null), { once: true }));
      sent.tries += 1;
      const answer = await Promise.race([connection.sendAndWait(message), closed]);
      if (answer !== null) return answer.getSegment('MSA')!.getComponent(1, 1);
    } catch {
      // Nobody listens: as it is while the platform starts.
    }
    this.client = null;
    await client.close();
    return null;
  }

  /** What the hospital has to say next. */
  private next(): Hl7Message {
    const [first, second] = this.of.beds;
    const script = [
      ['A01', first],
      ['A02', second],
      ['A02', first],
      ['A08', first],
      ['A03', first],
    ] as const;
    if (this.step === script.length) this.step = 0;
    if (this.step === 0) this.patient += 1;
    const [event, bed] = script[this.step]!;
    this.step += 1;
    const id = `${this.of.name}-${this.patient}-${this.step}`;
    const at = new Date(this.of.nowMs()).toISOString().replace(/[-:TZ]/g, '');
    const family = this.step < 4 ? 'BEFORE' : 'AFTER';
    return Hl7Message.parse(
      [
        `MSH|^~\\&|HIS|${FACILITY}|VIGIL|${FACILITY}|${at}+0000||ADT^${event}|${id}|P|2.5.1`,
        `EVN||${at}+0000`,
        `PID|1||K${this.of.name}-${this.patient}^^^${AUTHORITY}||${family}^Given||19600102|F`,
        `PV1|1|I|${bed}||||||||||||||||V${this.of.name}-${this.patient}`,
      ].join('\r'),
    );
  }
}
