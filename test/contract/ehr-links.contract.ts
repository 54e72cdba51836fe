import { EncounterId, PatientId } from '@vigil/contracts';
import type { EhrLink, EhrLinks } from '../../src/ports/ehr-links.js';

const patient: EhrLink = { kind: 'patient', localId: 'pat-1', resourceType: 'Patient', serverId: '17', version: '1' };

export interface EhrLinksUnderTest {
  readonly links: EhrLinks;
  /** Ends the stay of `pat-1` and erases its patient. */
  erase(patientId: PatientId): Promise<void>;
  /** `from` was the same person as `into`. */
  merge(from: PatientId, into: PatientId): Promise<void>;
}

/** `enc-1` is the open stay of `pat-1`, record number M1; `pat-2`, M2, is in no bed. */
export function ehrLinksContract(open: () => Promise<EhrLinksUnderTest>): void {
  let links: EhrLinks;
  let erase: EhrLinksUnderTest['erase'];
  let merge: EhrLinksUnderTest['merge'];
  beforeEach(async () => {
    ({ links, erase, merge } = await open());
  });

  test('a link is found from both sides, and the same again notes the version', async () => {
    await links.link(patient);
    await links.link({ ...patient, version: '2' });
    expect(await links.ofServer('Patient', '17')).toEqual({ ...patient, version: '2' });
    expect(await links.ofLocal('patient', 'pat-1')).toEqual({ ...patient, version: '2' });
  });

  test('one of ours is one of theirs at most, and the other way round', async () => {
    await links.link(patient);
    await expect(links.link({ ...patient, serverId: '18' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(links.link({ ...patient, localId: 'pat-2' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await links.ofServer('Patient', '18')).toBeNull();
  });

  test('what is unlinked is gone, and may be linked otherwise', async () => {
    await links.link(patient);
    await links.unlink('Patient', '17');
    expect(await links.ofLocal('patient', 'pat-1')).toBeNull();
    await links.link({ ...patient, serverId: '18' });
  });

  test('open stays come with their patient and with what they are linked to', async () => {
    expect(await links.openStays(10)).toMatchObject([
      { encounterId: EncounterId.parse('enc-1'), patient: { mrn: 'M1' }, visit: null, patientLink: null, encounterLink: null },
    ]);
    await links.link(patient);
    const stay: EhrLink = { kind: 'encounter', localId: 'enc-1', resourceType: 'Encounter', serverId: '5', version: null };
    await links.link(stay);
    expect(await links.openStays(10)).toMatchObject([{ patientLink: patient, encounterLink: stay }]);
    expect(await links.openStays(0)).toEqual([]);
  });

  test('a stay keeps its link when its record goes into another one', async () => {
    const stay: EhrLink = { kind: 'encounter', localId: 'enc-1', resourceType: 'Encounter', serverId: '5', version: null };
    await links.link(patient);
    await links.link(stay);
    await merge(PatientId.parse('pat-1'), PatientId.parse('pat-2'));
    expect(await links.openStays(10)).toMatchObject([{ patient: { mrn: 'M2' }, patientLink: null, encounterLink: stay }]);
  });

  test('a cursor is null before the first, and then what it was set to last', async () => {
    expect(await links.cursor('poll:Patient')).toBeNull();
    await links.setCursor('poll:Patient', 'a');
    await links.setCursor('poll:Patient', 'b');
    expect(await links.cursor('poll:Patient')).toBe('b');
  });

  test('an erased patient is linked to nothing', async () => {
    await links.link(patient);
    await erase(PatientId.parse('pat-1'));
    expect(await links.ofServer('Patient', '17')).toBeNull();
    expect(await links.openStays(10)).toEqual([]);
  });
}
