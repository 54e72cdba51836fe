import type { AuditEvent, AuditRow, PatientId, Role } from '@vigil/contracts';
import { InvariantError } from '@vigil/domain';
import canonicalize from 'canonicalize';
import type { AuditEntry, AuditPurpose } from '../ports/audit-trail.js';
import { type AuditKind, type Code, dcm, isRead, isSearch, kindOf } from './audit-kinds.js';

/**
 * Audit entries as FHIR R4 AuditEvents, after IHE's Basic Audit Log Patterns (BALP), and back.
 *
 * The canonical JSON (RFC 8785) of the event is what is stored, hashed and handed out: nothing about an entry is known
 * beside it. Where BALP wants one event per patient of a search, Vigil writes one per request with every patient as an
 * entity of its own, and then claims the pattern without a patient.
 */

const STAFF = 'urn:vigil:staff';
const STATION = 'urn:vigil:station';
const SYSTEM = 'urn:vigil:system';
const CLIENT = 'urn:vigil:client';
const OBJECT = 'urn:vigil:object';
const PATIENT = 'urn:vigil:patient';
const ENTRY = 'urn:vigil:audit-entry';
const ROLE = 'urn:vigil:role';
const ACTION = 'urn:vigil:action';
const GRANT = 'urn:vigil:break-glass:';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const TRANSACTION: Code = {
  system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
  code: 'XrequestId',
};
/** Characters of a detail that are kept. */
const DETAIL_MAX = 2_000;
const PLATFORM = identified(SYSTEM, 'platform');

/** FHIR v3 PurposeOfUse: treatment, break the glass, healthcare operations. */
const PURPOSES: Readonly<Record<AuditPurpose, string>> = { treatment: 'TREAT', emergency: 'BTG', operations: 'HOPERAT' };
const PURPOSE_OF: ReadonlyMap<string, AuditPurpose> = new Map([
  ['TREAT', 'treatment'],
  ['BTG', 'emergency'],
  ['HOPERAT', 'operations'],
]);
const UNREADABLE: Omit<AuditRow, 'seq' | 'atMs'> = {
  actor: 'unreadable',
  roles: [],
  action: 'unreadable',
  object: 'unreadable',
  patientIds: [],
  outcome: 'failed',
  detail: 'the entry is not what Vigil wrote: run vigil verify-audit',
  ip: null,
  stationId: null,
  sessionRef: null,
  purpose: null,
  grantId: null,
};
const OUTCOMES = { allowed: '0', refused: '4', failed: '8' } as const;

type Agent = AuditEvent['agent'][number];
type Entity = AuditEvent['entity'][number];

/** @param seq number of the entry in the log, from 1; @param wallMs when it happened */
export function toAuditEvent(given: AuditEntry, seq: number, wallMs: number): AuditEvent {
  const entry = writable(given);
  const kind = kindOf(entry.action, entry.object);
  const profile = entry.patientIds.length === 1 ? kind.profile?.patient : kind.profile?.any;
  // The patterns are those of what succeeded at somebody's request.
  const follows = profile !== undefined && entry.outcome === 'allowed' && entry.ip !== null;
  return {
    resourceType: 'AuditEvent',
    id: String(seq),
    ...(follows ? { meta: { profile: [profile] } } : {}),
    type: kind.type,
    subtype: [...(kind.subtype === null ? [] : [kind.subtype]), { system: ACTION, code: entry.action }],
    action: kind.action,
    recorded: new Date(wallMs).toISOString(),
    outcome: OUTCOMES[entry.outcome],
    ...(entry.detail === '' ? {} : { outcomeDesc: entry.detail }),
    ...(entry.purpose === null ? {} : { purposeOfEvent: [purposeConcept(entry.purpose)] }),
    agent: agentsOf(entry, kind),
    source: {
      observer: PLATFORM,
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: entitiesOf(entry, kind),
  };
}

/** The bytes that are stored and hashed, as text. */
export function contentOf(entry: AuditEntry, seq: number, wallMs: number): string {
  const content = canonicalize(toAuditEvent(entry, seq, wallMs));
  if (content === undefined) throw new InvariantError('expected: an audit event has a canonical form');
  return content;
}

/** What was stored, read back. @throws Error for anything that is not of the form that `contentOf` writes */
export function parseAuditContent(content: string): {
  readonly entry: AuditEntry;
  readonly seq: number;
  readonly wallMs: number;
} {
  // Checked by the hash rather than field by field: a verification reads a million of these.
  const event = JSON.parse(content) as AuditEvent;
  const user = event.agent.find((agent) => agent.requestor);
  const client = event.agent.find(({ requestor, who }) => !requestor && who.identifier.system !== SYSTEM);
  const about = event.entity.find((entity) => entity.what?.identifier.system === OBJECT || entity.query !== undefined);
  return {
    seq: Number(event.id),
    wallMs: Date.parse(event.recorded),
    entry: {
      entryId: valuesOf(event, ENTRY)[0] ?? null,
      actor: actorOf(user?.who.identifier),
      roles: (user?.role ?? []).map((role) => role.coding[0]?.code as Role),
      action: event.subtype.find(({ system }) => system === ACTION)?.code ?? '',
      object: about?.what?.identifier.value ?? objectOfQuery(about?.query),
      patientIds: valuesOf(event, PATIENT) as PatientId[],
      outcome: event.outcome === '0' ? 'allowed' : event.outcome === '4' ? 'refused' : 'failed',
      detail: event.outcomeDesc ?? '',
      ip: client?.network?.address ?? null,
      stationId: client?.who.identifier.system === STATION ? client.who.identifier.value : null,
      sessionRef: user?.altId ?? null,
      purpose: PURPOSE_OF.get(event.purposeOfEvent?.[0]?.coding[0]?.code ?? '') ?? null,
      grantId: user?.policy?.[0]?.slice(GRANT.length) ?? null,
    },
  };
}

/** The row that a search answers. One that somebody made unreadable is shown as that, so that it hides no other. */
export function auditRowOf(seq: number, content: string): AuditRow {
  try {
    const { entry, wallMs } = parseAuditContent(content);
    const { entryId: _, roles, patientIds, ...rest } = entry;
    return { seq, atMs: wallMs as AuditRow['atMs'], ...rest, roles: [...roles], patientIds: [...patientIds] };
  } catch {
    return { seq, atMs: 0 as AuditRow['atMs'], ...UNREADABLE };
  }
}

/** FHIR knows no empty strings, and JSON that is to be canonical no half characters. */
function writable(entry: AuditEntry): AuditEntry {
  const filled = (text: string): string => (text === '' ? 'none' : text.toWellFormed());
  const detail = entry.detail.toWellFormed().slice(0, DETAIL_MAX);
  return { ...entry, actor: filled(entry.actor), action: filled(entry.action), object: filled(entry.object), detail };
}

function agentsOf(entry: AuditEntry, kind: AuditKind): Agent[] {
  const purpose = entry.purpose === null ? {} : { purposeOfUse: [purposeConcept(entry.purpose)] };
  const user: Agent = {
    type: concept(userType(entry, kind)),
    ...(entry.roles.length === 0 ? {} : { role: entry.roles.map((code) => concept({ system: ROLE, code })) }),
    who: whoOf(entry.actor),
    ...(entry.sessionRef === null ? {} : { altId: entry.sessionRef }),
    requestor: true,
    ...(entry.grantId === null ? {} : { policy: [`${GRANT}${entry.grantId}`] }),
    ...purpose,
  };
  if (entry.ip === null && entry.stationId === null) return [user];
  // DICOM calls the client the destination of what it reads, and the source of what it writes or asks for.
  const reads = isRead(kind);
  const who = entry.stationId === null ? identified(CLIENT, 'http') : identified(STATION, entry.stationId);
  const network = entry.ip === null ? {} : { network: { address: entry.ip, type: '2' as const } };
  const client: Agent = { type: concept(dcm(reads ? '110152' : '110153')), who, requestor: false, ...network };
  const server: Agent = {
    type: concept(dcm(reads ? '110153' : '110152')),
    who: PLATFORM,
    requestor: false,
    network: { address: 'urn:vigil:platform', type: '5' },
  };
  return [user, client, server];
}

/** Recipient of what is read or searched, author of what is written; a part of Vigil itself is an application. */
function userType(entry: AuditEntry, kind: AuditKind): Code {
  if (entry.actor.startsWith('system:')) return dcm('110150');
  return { system: PARTICIPATION, code: isRead(kind) || isSearch(kind) ? 'IRCP' : 'AUT' };
}

function entitiesOf(entry: AuditEntry, kind: AuditKind): Entity[] {
  const about: Entity = isSearch(kind)
    ? {
        type: { system: ENTITY_TYPE, code: '2' },
        role: { system: OBJECT_ROLE, code: '24' },
        query: Buffer.from(entry.object).toString('base64'),
      }
    : {
        what: identified(OBJECT, entry.object),
        type: { system: ENTITY_TYPE, code: '2' },
        role: { system: OBJECT_ROLE, code: '4' },
      };
  const patients = entry.patientIds.map((patientId): Entity => ({
    what: { ...identified(PATIENT, patientId), type: 'Patient' },
    type: { system: ENTITY_TYPE, code: '1' },
    role: { system: OBJECT_ROLE, code: '1' },
  }));
  const named: Entity[] = entry.entryId === null ? [] : [{ what: identified(ENTRY, entry.entryId), type: TRANSACTION }];
  return [about, ...patients, ...named];
}

function whoOf(actor: string): Agent['who'] {
  const [, kind, rest = ''] = /^(system|station):(.+)$/.exec(actor) ?? [];
  if (kind === undefined) return identified(STAFF, actor);
  return identified(kind === 'system' ? SYSTEM : STATION, rest);
}

function actorOf(identifier: Agent['who']['identifier'] | undefined): string {
  if (identifier === undefined) return '';
  if (identifier.system === SYSTEM) return `system:${identifier.value}`;
  return identifier.system === STATION ? `station:${identifier.value}` : identifier.value;
}

function identified(system: string, value: string): Agent['who'] {
  return { identifier: { system, value } };
}

function concept(code: Code): Agent['type'] {
  return { coding: [code] };
}

const purposeConcept = (purpose: AuditPurpose): Agent['type'] => concept({ system: ACT_REASON, code: PURPOSES[purpose] });

function valuesOf(event: AuditEvent, system: string): string[] {
  return event.entity.flatMap(({ what }) => (what?.identifier.system === system ? [what.identifier.value] : []));
}

function objectOfQuery(query: string | undefined): string {
  return query === undefined ? '' : Buffer.from(query, 'base64').toString('utf8');
}
