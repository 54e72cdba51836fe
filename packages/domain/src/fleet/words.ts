import type { DeviceFacts, DeviceFaultCode, RegisteredDevice } from '@vigil/contracts';

/** What tells one device from another, and how it is called. The maker is left out: devices write it in many ways. */
const IDENTITY = [
  ['serial', 'serial number'],
  ['udi', 'UDI'],
  ['model', 'model'],
] as const;

const plain = (text: string): string => text.trim().toLowerCase();

/** By which names what a device says of itself is another than the registry's; what one of the two leaves out is no difference. */
export function differsFromRecord(record: RegisteredDevice, said: DeviceFacts): readonly string[] {
  return IDENTITY.flatMap(([fact, name]) => {
    const [wanted, told] = [record[fact], said[fact]];
    return wanted === null || told === undefined || told.trim() === '' || plain(wanted) === plain(told) ? [] : [name];
  });
}

const FAULTS: Readonly<Record<DeviceFaultCode, string>> = {
  sessionConflict: 'Two devices speak under its name: find both, and revoke the certificate of the wrong one.',
  flooding: 'It sends more than it may, and some of it is left out: start it anew, and look at its settings.',
  unitChanged: 'It changed the unit of a metric: set it back, and look at its readings since.',
  clockSuspect: 'Its clock is wrong beyond what can be corrected: set it.',
  certificateExpiring: 'Its certificate ends soon: enrol it anew.',
  wrongTopic: 'It tried to speak for another device: take it out of use and look at it.',
};

/** What to do about a fault that stands. */
export const faultWords = (fault: DeviceFaultCode): string => FAULTS[fault];

/** A whole number, never "0 %" for a little. */
export const percent = (value: number): string => `${value > 0 && value < 1 ? 1 : Math.round(value)} %`;
