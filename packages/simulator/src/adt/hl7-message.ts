import type { ToldMove } from './move-sink.js';

const EVENTS = { admit: 'A01', transfer: 'A02', discharge: 'A03' } as const;
const SEXES: Readonly<Record<string, string>> = { female: 'F', male: 'M', other: 'O', unknown: 'U' };
/** Vertical tab before a message, file separator and carriage return behind it. Source: HL7 v2 Transport, MLLP release 1. */
const [START, END] = ['\x0b', '\x1c\r'];

export interface Hl7Names {
  /** Assigning authority of the record number (PID-3.4). */
  readonly authority: string;
  /** MSH-4; the platform's bed aliases are of the system `hl7:<facility>`. */
  readonly facility: string;
}

/** One ADT message (HL7 v2.5.1) in its MLLP frame. `bedBefore`: where the patient lay, with a transfer. Marked as training (MSH-11 T). */
export function hl7Frame(move: ToldMove, names: Hl7Names, bedBefore: string | null): Buffer {
  const { patient, encounterId, atMs } = move;
  const event = EVENTS[move.kind];
  const at = stamp(atMs);
  const controlId = `${encounterId}-${event}-${Math.round(atMs)}`;
  const segments = [
    ['MSH', '^~\\&', 'VIGIL-SIM', names.facility, 'VIGIL', '', at, '', `ADT^${event}^ADT_A01`, controlId, 'T', '2.5.1'],
    ['EVN', event, at, '', '', '', at],
    [
      ...['PID', '1', '', `${text(patient.mrn)}^^^${names.authority}^MR`, ''],
      ...[`${text(patient.familyName)}^${text(patient.givenName)}^^^^^L`, '', patient.birthDate.replaceAll('-', '')],
      SEXES[patient.sex] ?? 'U',
    ],
    ['PV1', '1', 'I', move.bedId, '', '', bedBefore ?? '', ...Array<string>(12).fill(''), encounterId],
  ];
  const body = segments.map((fields) => fields.join('|')).join('\r');
  return Buffer.from(`${START}${body}\r${END}`, 'utf8');
}

/** MSA-1 of an answer, e.g. `AA`; null for what is no answer. */
export function answerCode(frame: string): string | null {
  return /(?:^|\r)MSA\|([A-Z]{2})(?:\||\r|$)/.exec(frame)?.[1] ?? null;
}

/** `20261121213000.123+0000` */
const stamp = (atMs: number): string => `${new Date(atMs).toISOString().replace(/[-:TZ]/g, '')}+0000`;

/** What separates fields is spelled out, so that a name can't become a field. */
const text = (value: string): string =>
  value.replace(/[\\|^&~]/g, (sign) => `\\${{ '\\': 'E', '|': 'F', '^': 'S', '&': 'T', '~': 'R' }[sign]!}\\`);
