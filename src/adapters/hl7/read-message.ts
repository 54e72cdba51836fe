import { createHash } from 'node:crypto';
import { Hl7Message, Hl7Segment } from '@medplum/core';
import type { FeedIdentifier, QuarantineReason } from '@vigil/contracts';
import type { InboundMessage } from '../../ports/inbound.js';
import { type AdtSettings, type Fault, readAdt } from './adt.js';
import { asciiOf, decoded, type DefaultEncoding, headerOf } from './encoding.js';
import { textAt } from './segments.js';

/** What a sender is told, and why, by table 0008 and 0357 of HL7. */
export interface Answer {
  readonly code: 'AA' | 'AE' | 'AR';
  readonly fault: Pick<Fault, 'code' | 'segment' | 'field'> | null;
}

export interface Read {
  readonly message: InboundMessage;
  readonly answer: Answer;
  /** The answer as a message to this sender. Null where there is no header to answer to: the connection then has to end. */
  readonly addressed: ((answer: Answer) => string) | null;
}

export interface ReadSettings extends AdtSettings {
  /** Of a message that names none. */
  readonly encoding: DefaultEncoding;
}

const DELIMITERS = /^MSH([^\w\s])([^\w\s])([^\w\s])([^\w\s])([^\w\s])\1/;
const SENDER_CHARS_MAX = 120;

/**
 * Reads one message as it came in a frame. Total: whatever it is, it is kept, and by a reason where nobody can read it.
 * @param peer what the sender's certificate names; empty without one
 */
export function readMessage(bytes: Buffer, peer: string, settings: ReadSettings): Read {
  const header = headerOf(bytes);
  const found = DELIMITERS.exec(header);
  const isDistinct = found !== null && new Set(found.slice(1)).size === 5;
  const msh = isDistinct ? Hl7Message.parse(header) : null;
  const controlId = msh === null ? '' : textAt(msh.header, { field: 10 });
  if (msh === null || controlId === '') return unaddressed(bytes, peer, 'no-header');
  const applications = [3, 4].map((field) => textAt(msh.header, { field }));
  const sender = [...applications, peer].join('|').slice(0, SENDER_CHARS_MAX);
  const messageId = `hl7-${digest(JSON.stringify([...applications, peer, controlId])).slice(0, 40)}`;
  const facts = { messageId, source: 'hl7' as const, sender, sha256: digest(bytes), raw: bytes };
  const addressed = (answer: Answer): string => answerTo(msh, answer);
  const text = decoded(bytes, settings.encoding);
  if (text === null) {
    const answer: Answer = { code: 'AE', fault: { code: '102', segment: 'MSH', field: 18 } };
    return readAs(facts, { unreadable: 'wrong-encoding', about: aboutOf(bytes, messageId, settings) }, { answer, addressed });
  }
  const read = readAdt(Hl7Message.parse(text), messageId, settings);
  if ('kind' in read) return readAs(facts, { move: read }, { answer: { code: 'AA', fault: null }, addressed });
  const answer: Answer = { code: read.reason === 'unknown-event' ? 'AR' : 'AE', fault: read };
  return readAs(facts, { unreadable: read.reason, about: read.about }, { answer, addressed });
}

/** Whose it is, as far as that is ASCII: numbers are, where names are not. What comes after it waits for it. */
function aboutOf(bytes: Buffer, messageId: string, settings: ReadSettings): readonly FeedIdentifier[] {
  const read = readAdt(Hl7Message.parse(asciiOf(bytes)), messageId, settings);
  return 'kind' in read ? [...read.identifiers, ...read.merged, ...(read.visit === null ? [] : [read.visit])] : read.about;
}

/** The answer is kept with the message, in one write. */
function readAs(
  facts: Omit<InboundMessage, 'read' | 'answer'>,
  read: InboundMessage['read'],
  { answer, addressed }: Pick<Read, 'answer' | 'addressed'>,
): Read {
  return { message: { ...facts, read, answer: answerText(answer) }, answer, addressed };
}

/** What came in no frame, or without a header: named by its bytes, because it has no name of its own. */
export function unaddressed(bytes: Buffer, peer: string, reason: QuarantineReason): Read {
  const sha256 = digest(bytes);
  const sender = `||${peer}`.slice(0, SENDER_CHARS_MAX);
  const facts = { messageId: `hl7x-${sha256.slice(0, 40)}`, source: 'hl7' as const, sender, sha256, raw: bytes };
  return readAs(facts, { unreadable: reason }, { answer: { code: 'AE', fault: null }, addressed: null });
}

/** For the store: the same again hears the same. */
function answerText({ code, fault }: Answer): string {
  return fault === null ? code : [code, fault.code, fault.segment, fault.field ?? ''].join(' ');
}

/** @param text as `answerText` wrote it */
export function answerOf(text: string): Answer {
  const [code, number, segment, field] = text.split(' ');
  const fault =
    number === undefined
      ? null
      : { code: number as Fault['code'], segment: segment!, field: field === '' ? null : Number(field) };
  return { code: code as Answer['code'], fault };
}

function answerTo(msh: Hl7Message, { code, fault }: Answer): string {
  if (fault === null) return msh.buildAck({ ackCode: code }).toString() + '\r';
  const { componentSeparator: by } = msh.context;
  const where = [fault.segment, '1', ...(fault.field === null ? [] : [String(fault.field)])].join(by);
  const errSegment = new Hl7Segment(['ERR', '', where, [fault.code, '', 'HL70357'].join(by), 'E'], msh.context);
  return msh.buildAck({ ackCode: code, errSegment }).toString() + '\r';
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
