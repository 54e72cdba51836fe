import { createHash, randomUUID } from 'node:crypto';
import { CommandId, FeedMove, StaffId } from '@vigil/contracts';
import { auditEntry } from '../../src/ports/audit-trail.js';
import type { Change } from '../../src/ports/change.js';
import type { InboundMessage } from '../../src/ports/inbound.js';

/** Tim of the fixture's site, as a message of the hospital names him. */
export const TIM = { familyName: 'TESTMAN', givenName: 'Tim', birthDate: '1960-01-02', sex: 'male' } as const;
export const PAULA = { familyName: 'PROBE', givenName: 'Paula', birthDate: '1950-03-04', sex: 'female' } as const;
export const NORA = { familyName: 'Neumann', givenName: 'Nora', birthDate: '1970-05-06', sex: 'female' } as const;

let number = 0;

/** A move about record number `mrn`; `place` is the hospital's name of a bed. */
export function moveOf(
  kind: FeedMove['kind'],
  facts: { readonly mrn: string; readonly place?: string; readonly visit?: string } & Readonly<Record<string, unknown>>,
): FeedMove {
  const { mrn, place, visit, ...rest } = facts;
  const named = (value: string | undefined) => (value === undefined ? null : { system: 'hl7:H', value });
  return FeedMove.parse({
    ...{ v: 1, source: 'hl7', messageId: `hl7-${++number}`, kind, atMs: 0, identifiers: [{ system: 'HOSP', value: mrn }] },
    ...{ person: {}, visit: named(visit), place: named(place), fromPlace: null, merged: [] },
    ...rest,
  });
}

/** The same move as a kept message. */
export function messageOf(move: FeedMove, raw = `raw of ${move.messageId}`): InboundMessage {
  const bytes = Buffer.from(raw);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const facts = { messageId: move.messageId, source: move.source, sender: 'HIS|H|', sha256, raw: bytes };
  return { ...facts, read: { move }, answer: 'AA' };
}

/** What Vigil does by itself; `by`: what a person does. */
export function changeOf(at: { readonly nowMs: number; readonly wallMs: number }, by: string | null = null): Change {
  const actor = by ?? 'system:feed';
  return {
    ...at,
    audit: auditEntry({ actor, action: by === null ? 'feed.apply' : 'task.resolve', object: 'message', outcome: 'allowed' }),
    commandId: CommandId.parse(randomUUID()),
    by: by === null ? null : StaffId.parse(by),
    source: by === null ? 'hl7' : 'person',
    sourceRef: null,
  };
}
