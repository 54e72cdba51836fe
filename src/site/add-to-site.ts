import type { Site } from '@vigil/contracts';
import { type Document, YAMLMap, YAMLSeq, parseDocument } from 'yaml';

/** What makes two entries of a list the same. */
const LISTS = {
  beds: (e: Site['beds'][number]) => e.bedId,
  devices: (e: Site['devices'][number]) => e.deviceId,
  deviceAssignments: (e: Site['deviceAssignments'][number]) => e.deviceId,
} as const;

function addMissing<T>(doc: Document, name: string, wanted: readonly T[], idOf: (entry: T) => string): number {
  const list = doc.get(name);
  if (!(list instanceof YAMLSeq)) return 0;
  const present = new Set((list.toJSON() as T[]).map(idOf));
  const missing = wanted.filter((entry) => !present.has(idOf(entry)));
  for (const entry of missing) list.add(doc.createNode(entry));
  return missing.length;
}

/**
 * Adds to the text of a site.yaml the beds and devices that `wanted` has and it lacks, with what belongs to them.
 * Nothing that is there changes, comments included. Null when nothing is missing.
 */
export function addToSite(text: string, wanted: Site): string | null {
  const doc = parseDocument(text);
  const before = doc.toJS() as Partial<Site>;
  const oldBeds = new Set((before.beds ?? []).map((bed) => bed.bedId as string));
  const isNewBed = (bedId: string | null): boolean => bedId !== null && !oldBeds.has(bedId);
  const newStays = wanted.encounters.filter((stay) => isNewBed(stay.bedId));
  const newPatients = new Set(newStays.map((stay) => stay.patientId as string));

  const profiles = doc.get('profiles');
  if (profiles instanceof YAMLMap) {
    for (const [name, profile] of Object.entries(wanted.profiles)) {
      if (!profiles.has(name)) profiles.add(doc.createPair(name, profile));
    }
  }
  const added =
    addMissing(doc, 'beds', wanted.beds, LISTS.beds) +
    addMissing(doc, 'devices', wanted.devices, LISTS.devices) +
    addMissing(doc, 'deviceAssignments', wanted.deviceAssignments, LISTS.deviceAssignments);
  if (added === 0) return null;
  const patients = wanted.patients.filter((patient) => newPatients.has(patient.patientId));
  addMissing(doc, 'patients', patients, (patient) => patient.patientId);
  addMissing(doc, 'encounters', newStays, (stay) => stay.encounterId);
  const assignments = wanted.staffAssignments.filter((assignment) => isNewBed(assignment.bedId));
  addMissing(doc, 'staffAssignments', assignments, (a) => `${a.staffId}/${a.bedId ?? ''}/${a.role}`);
  return doc.toString();
}
