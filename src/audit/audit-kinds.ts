import type { AuditEvent } from '@vigil/contracts';

export type Code = AuditEvent['type'];

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const REST = 'http://hl7.org/fhir/restful-interaction';
const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

export const dcm = (code: string): Code => ({ system: DCM, code });

/** How one action is written in FHIR's words. */
export interface AuditKind {
  readonly type: Code;
  readonly subtype: Code | null;
  readonly action: AuditEvent['action'];
  /** The BALP pattern, without and with exactly one patient; null where BALP has none. */
  readonly profile: { readonly any: string; readonly patient: string } | null;
}

const REST_TYPE: Code = { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' };

function rest(interaction: string, action: AuditKind['action'], pattern: string | null): AuditKind {
  const profile = pattern === null ? null : { any: `${BALP}${pattern}`, patient: `${BALP}Patient${pattern}` };
  return { type: REST_TYPE, subtype: { system: REST, code: interaction }, action, profile };
}

const dicom = (type: string, subtype: string | null, action: AuditKind['action']): AuditKind => ({
  type: dcm(type),
  subtype: subtype === null ? null : dcm(subtype),
  action,
  profile: null,
});

/**
 * Actions that are more than a REST call. Source: DICOM PS3.16 CID 400 and 401 (audit event and type codes), which are
 * FHIR's value sets `audit-event-type` and `audit-event-sub-type`.
 */
const SPECIAL: readonly (readonly [RegExp, AuditKind])[] = [
  [/^session\.logout$/, dicom('110114', '110123', 'E')],
  [/^session\./, dicom('110114', '110122', 'E')],
  [/^audit\.(read|verify)$/, dicom('110101', null, 'R')],
  [/^audit\.(export|report)$/, dicom('110106', null, 'R')],
  [/^audit\.dispose$/, dicom('110101', null, 'D')],
  [/^break-glass\.use$/, dicom('110113', '110127', 'E')],
  [/^break-glass\.end$/, dicom('110113', '110138', 'E')],
  [/^assignment\.(?!read$)/, dicom('110113', '110136', 'U')],
  [/^account\.(?!read$)/, dicom('110113', '110137', 'U')],
  [/^(station|key|audit|rule-set|policy|break-glass|device)\.(?!read$|assign)/, dicom('110113', '110131', 'U')],
  [/^(page|escalation)\./, dicom('110100', null, 'E')],
];

const READ = rest('read', 'R', 'Read');
const SEARCH = rest('search-type', 'E', 'Query');
const CREATE = rest('create', 'C', 'Create');
const UPDATE = rest('update', 'U', 'Update');
const DELETE = rest('delete', 'D', 'Delete');
const OPERATION = rest('operation', 'E', null);

/**
 * The kind of an action on an object: a read of `bed:icu-1` is a read, a read of `beds` a search, because it may show
 * several. Total: what is not known is an operation.
 */
export function kindOf(action: string, object: string): AuditKind {
  const special = SPECIAL.find(([pattern]) => pattern.test(action));
  if (special !== undefined) return special[1];
  const verb = action.slice(action.lastIndexOf('.') + 1);
  if (verb === 'read') return /^(alarm|bed|patient|encounter|staff):/.test(object) ? READ : SEARCH;
  if (/^(create|admit|chart)$/.test(verb)) return CREATE;
  if (/^(discharge|transfer|accept|acknowledge|update|change|set|widen)$/.test(verb)) return UPDATE;
  if (/^(erase|delete)$/.test(verb)) return DELETE;
  return OPERATION;
}

export const isSearch = (kind: AuditKind): boolean => kind === SEARCH;
export const isRead = (kind: AuditKind): boolean => kind.action === 'R';
